import jsonc from 'jsonc-parser';
import { z } from 'zod';
import { DomainError, invalidFields } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import type { PostedReport, Report } from '../domain/report.ts';
import { invalidRequest } from '../http/problem.ts';
import { checkReport } from '../http/schemas/check-report.ts';
import { postedInstant } from '../http/schemas/instant.ts';
import { type JsonObject, MAX_DEPTH, toReport } from '../http/schemas/report.ts';
import { toReportRow } from '../http/schemas/report-row.ts';
import { readJson } from '../ingest/inputs/json/read-json.ts';
import { withKeptCharacters } from './kept-characters.ts';
import { type Omitted, withoutPasswords, withoutRefused } from './older-line.ts';

/** The version of the line format. Lines of older versions have no such key. */
const VERSION = 2;

/** The report of a line, and the fields that could not be imported. */
interface ParsedLine {
  readonly report: PostedReport;
  readonly omitted: readonly Omitted[];
}

interface Here {
  readonly now: number;
  readonly staleAfterMs: number;
}

/** Keys of a line that are not fields of a posted report. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'received_at',
  'stale_at',
  'checked_at',
  'pushed',
  'push_group',
  'extra',
  'export_version',
]);

/**
 * A report as one line: the posted fields, then the rest that the fold needs. `received_at` orders reports of one
 * instant, and `stale_at` may come from a setting that has changed since.
 */
export function toReportLine(report: Report): string {
  const { checkedAt, lastCheckAt, staleAfterMs, pushed, pushGroup, extra } = report;
  const namesakes = Object.entries(extra).filter(([key]) => OWN_KEYS.has(key));
  const others = Object.entries(extra).filter(([key]) => !OWN_KEYS.has(key));
  return JSON.stringify({
    ...toReportRow({ ...report, extra: Object.fromEntries(others) }),
    stale_at: formatInstant(checkedAt + staleAfterMs),
    ...(checkedAt === lastCheckAt ? {} : { checked_at: formatInstant(checkedAt) }),
    ...(pushed ? { pushed } : {}),
    ...(pushGroup === undefined ? {} : { push_group: pushGroup }),
    // Posted fields whose names are keys of the line itself.
    ...(namesakes.length === 0 ? {} : { extra: Object.fromEntries(namesakes) }),
    export_version: VERSION,
  });
}

/** The report of a line. Throws an error for people if the line has no report that could have been recorded. */
export function parseReportLine(line: string, here: Here): ParsedLine {
  // A line may have the posted fields in an object of their own. Some lines of version 2 are from before strict
  // reading.
  const read = withoutExcerpt(line, () => readJson(line, { maxDepth: MAX_DEPTH + 1, anyCharacter: true }));
  requireObject(read);
  const { line: kept, omitted: characters } = withKeptCharacters(read, line);
  const { line: json, omitted: passwords } = withoutPasswords(kept);
  const taken = [...characters, ...passwords];
  const version = json.export_version;
  if (version === VERSION) return { report: parsePresent(json, here), omitted: taken };
  if (typeof version === 'number' && version > VERSION) {
    throw new Error(
      `it was exported by a newer version (export_version ${version}): import it with that one`,
    );
  }
  const { line: older, omitted } = withoutRefused(json);
  return { report: parseOlder(older, here), omitted: [...taken, ...omitted] };
}

/** The engine quotes text that it could not read. A file may hold anything, and that does not belong on a terminal. */
function withoutExcerpt(line: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'malformed')) throw error;
    const mistakes: jsonc.ParseError[] = [];
    jsonc.parse(line, mistakes, { disallowComments: true });
    const [first] = mistakes;
    const place = first === undefined ? '' : ` from its character ${first.offset + 1} on`;
    throw new Error(`it is not JSON${place}.`, { cause: error });
  }
}

/** The schemas leave out keys that are named like a prototype, so the fields come from the JSON itself. */
function requireObject(json: unknown): asserts json is JsonObject {
  parse(z.looseObject({}), json);
}

const presentLine = z.looseObject({
  export_version: z.literal(VERSION),
  received_at: postedInstant,
  stale_at: postedInstant,
  checked_at: postedInstant.optional(),
  pushed: z.literal(true).optional(),
  push_group: z.record(z.string(), z.string()).optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
});

function parsePresent(json: JsonObject, here: Here): PostedReport {
  const { received_at, stale_at, checked_at, pushed, push_group } = parse(presentLine, json);
  const posted = { ...without(OWN_KEYS, json), ...namesakesOf(json) };
  const report = pushed ? parsePush(posted, here) : parsePosted(posted, here);
  const checkedAt = checked_at ?? report.lastCheckAt;
  if (checkedAt > report.lastCheckAt) throw new Error('/checked_at: must not be after last_check');
  if (stale_at <= checkedAt) throw new Error('/stale_at: must be after checked_at');
  return {
    ...report,
    checkedAt,
    receivedAt: Math.min(received_at, here.now),
    staleAfterMs: stale_at - checkedAt,
    pushGroup: push_group,
  };
}

/**
 * The labels of a push are Prometheus labels: they are stored with the report and do not become labels of the target.
 */
function parsePush({ labels, ...posted }: JsonObject, here: Here) {
  const { labels: kept } = parse(pushedLabels, { labels });
  const report = parsePosted(posted, here);
  return { ...report, pushed: true, extra: { ...report.extra, ...(kept && { labels: kept }) } };
}

const pushedLabels = z.object({ labels: z.record(z.string(), z.string()).optional() });

/** Fields that older versions added to a posted report. A report without them is treated as one that arrives now. */
const OLDER_KEYS: ReadonlySet<string> = new Set(['received_at', 'stale_at']);
const olderLine = z.looseObject({
  received_at: postedInstant.optional(),
  stale_at: postedInstant.optional(),
});

function parseOlder(json: JsonObject, here: Here): PostedReport {
  const { received_at, stale_at } = parse(olderLine, json);
  const report = parsePosted(without(OLDER_KEYS, json), here);
  const { lastCheckAt } = report;
  if (stale_at !== undefined && stale_at <= lastCheckAt)
    throw new Error('/stale_at: must be after last_check');
  return {
    ...report,
    ...(received_at === undefined
      ? {}
      : { checkedAt: lastCheckAt, receivedAt: Math.min(received_at, here.now) }),
    ...(stale_at === undefined ? {} : { staleAfterMs: stale_at - lastCheckAt }),
  };
}

function parsePosted(posted: JsonObject, { staleAfterMs }: Here) {
  const checked = checkReport(posted);
  if ('faults' in checked) throw invalidFields(checked.faults);
  return toReport(checked.body, { posted: checked.posted, staleAfterMs });
}

function without(keys: ReadonlySet<string>, json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !keys.has(key)));
}

/** The posted fields whose names are keys of the line. */
function namesakesOf({ extra }: JsonObject): object {
  return typeof extra === 'object' && extra !== null ? extra : {};
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidRequest(parsed.error, 'body');
  return parsed.data;
}
