import { z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { type DriftedFile, findingOf, type Json, SYNC_STATUSES } from '../../domain/finding.ts';
import { formatInstant } from '../../domain/instant.ts';
import { type Report, staleAfter } from '../../domain/report.ts';
import { NAME_PATTERN } from '../../domain/target.ts';
import type { Recorded } from '../../store/store.ts';
import { invalidRequest } from '../problem.ts';
import { instant, parseRfc3339 } from './instant.ts';
import { openIncident, toOpenIncident } from './status.ts';

const MAX_FILES = 10_000;
const MAX_REPORTS = 1000;
/** Deeper nesting than any reporter needs would only serve to exhaust the stack. */
const MAX_DEPTH = 32;
const CONTROL_CHARACTER = /\p{Cc}/u;
const ONE_YEAR_S = 366 * 86_400;

const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'must be 1 to 255 letters, digits or . _ - : @ / + ~ and start with a letter or digit',
  );

function optionalText(max: number) {
  return z.string().max(max).nullish();
}

const file = z.looseObject({
  name: z
    .string()
    .min(1, 'must not be empty')
    .max(4096)
    .refine((text) => !CONTROL_CHARACTER.test(text), 'must not contain control characters'),
});

const lastCheck = z
  .string()
  .transform((text, context) => {
    const at = parseRfc3339(text);
    if (at !== undefined) return at;
    context.addIssue('must be RFC 3339 with an offset, such as 2026-04-21T10:32:15Z');
    return z.NEVER;
  })
  .openapi({ type: 'string', format: 'date-time', description: 'When the check ended' });

const shape = {
  repo: name.openapi({ example: 'rsyslog' }),
  server: name.openapi({ example: 'rsyslog-lab' }),
  sync_status: z.enum(SYNC_STATUSES, `must be one of ${SYNC_STATUSES.join(', ')}`),
  drift_count: z.number().int().min(0).max(1e9).nullish(),
  files: z.array(file).max(MAX_FILES).nullish(),
  last_check: lastCheck,
  expected_interval_s: z.number().int().min(1).max(ONE_YEAR_S).nullish(),
  commit: optionalText(255),
  branch: optionalText(255),
  run_url: optionalText(4096).refine((url) => !url || isHttpUrl(url), {
    error: 'must be an http or https URL',
    // Of one that is too long that is all to be said.
    when: ({ issues }) => issues.length === 0,
  }),
  tool: optionalText(255),
  duration_ms: z.number().min(0).max(1e12).nullish(),
  error: optionalText(16_384),
  error_kind: optionalText(255),
};

/** One report as it is posted. Keys that are not named here are kept and given back. */
export const reportBody = z
  .looseObject(shape, 'must be a report, or an array of reports')
  .superRefine((report, context) => {
    if (nestsDeeper(report, MAX_DEPTH))
      context.addIssue(`must not be nested deeper than ${MAX_DEPTH} levels`);
    if (report.sync_status !== 'SYNCED') return;
    const contradiction = 'SYNCED contradicts it: send OUT_OF_SYNC, or leave it out';
    if ((report.drift_count ?? 0) > 0)
      context.addIssue({ code: 'custom', path: ['drift_count'], message: contradiction });
    if (report.files?.length) context.addIssue({ code: 'custom', path: ['files'], message: contradiction });
  })
  .openapi('Report');

const reportArray = z.array(reportBody).min(1, 'must hold at least one report').max(MAX_REPORTS);

export const reportBodies = z.union([reportBody, reportArray]);

/** The same rules in the same words, in half the time. */
const oneReport = z.compile(reportBody);
const manyReports = z.compile(reportArray);

/** One report or an array of them out of a body's text. Throws 400 where it is not JSON, `invalid` where it is no report. */
export function parseReports(text: string): z.infer<typeof reportBodies> {
  const json = parseJson(text);
  const parsed = Array.isArray(json) ? manyReports.safeParse(json) : oneReport.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error, 'body');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (reason) {
    const where = reason instanceof Error ? reason.message : String(reason);
    throw new HTTPException(400, { message: `The body is not JSON: ${where}`, cause: reason });
  }
}

/** What recording one report came to. `since`, `stale_at` and `incident` are the target's, as it now stands. */
const recordedAnswer = z
  .object({
    repo: z.string(),
    server: z.string(),
    last_check: instant,
    recorded: z.enum(['new', 'duplicate']),
    change: z.enum(['first', 'unchanged', 'changed', 'late']).openapi({
      description: 'How its finding compares with the report before it; `late` where a newer one was known',
    }),
    since: instant,
    stale_at: instant,
    incident: openIncident,
  })
  .openapi('Recorded');

export const recordedAnswers = z.union([recordedAnswer, z.array(recordedAnswer)]);

/** One row of `reports`: as posted, then `received_at`. */
export const reportRow = z
  .looseObject({
    repo: z.string(),
    server: z.string(),
    sync_status: z.enum(SYNC_STATUSES),
    drift_count: z.number().int(),
    files: z.array(z.looseObject({ name: z.string() })),
    last_check: instant,
    expected_interval_s: z.number().optional(),
    commit: z.string().optional(),
    branch: z.string().optional(),
    run_url: z.string().optional(),
    tool: z.string().optional(),
    duration_ms: z.number().optional(),
    error: z.string().optional(),
    error_kind: z.string().optional(),
    received_at: instant,
  })
  .openapi('ReportRow');

/** What was posted, as the domain knows it. */
export function toReport(
  body: z.infer<typeof reportBody>,
  { receivedAt, staleAfterMs }: { receivedAt: number; staleAfterMs: number },
): Report {
  const expectedIntervalS = body.expected_interval_s ?? undefined;
  return {
    target: { repo: body.repo, server: body.server },
    checkedAt: body.last_check,
    receivedAt,
    finding: findingOf({
      syncStatus: body.sync_status,
      driftCount: body.drift_count ?? undefined,
      files: body.files?.map(asDriftedFile),
    }),
    staleAfterMs: staleAfter(expectedIntervalS, staleAfterMs),
    expectedIntervalS,
    commit: sentText(body.commit),
    branch: sentText(body.branch),
    tool: sentText(body.tool),
    error: sentText(body.error),
    errorKind: sentText(body.error_kind),
    runUrl: sentText(body.run_url),
    durationMs: body.duration_ms == null ? undefined : Math.round(body.duration_ms),
    extra: extraOf(body),
  };
}

/** One answer for each report, in order. */
export function toRecordedAnswers(
  reports: readonly Report[],
  recorded: readonly Recorded[],
): z.infer<typeof recordedAnswer>[] {
  const answers: z.infer<typeof recordedAnswer>[] = [];
  for (const [i, report] of reports.entries()) {
    const outcome = recorded[i];
    if (outcome !== undefined) answers.push(toRecordedAnswer(report, outcome));
  }
  return answers;
}

function toRecordedAnswer(report: Report, recorded: Recorded): z.infer<typeof recordedAnswer> {
  const { repo, server } = report.target;
  return {
    repo,
    server,
    last_check: formatInstant(report.checkedAt),
    recorded: recorded.recorded,
    change: recorded.change,
    since: formatInstant(recorded.since),
    stale_at: formatInstant(recorded.staleAt),
    incident: toOpenIncident(recorded.incident),
  };
}

export function toReportRow(report: Report): z.infer<typeof reportRow> {
  const { target, finding } = report;
  return {
    ...target,
    sync_status: finding.syncStatus,
    drift_count: finding.driftCount,
    files: [...finding.files],
    last_check: formatInstant(report.checkedAt),
    ...optional('expected_interval_s', report.expectedIntervalS),
    ...optional('commit', report.commit),
    ...optional('branch', report.branch),
    ...optional('run_url', report.runUrl),
    ...optional('tool', report.tool),
    ...optional('duration_ms', report.durationMs),
    ...optional('error', report.error),
    ...optional('error_kind', report.errorKind),
    ...report.extra,
    received_at: formatInstant(report.receivedAt),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** Half a character: JSON can spell it, UTF-8 cannot, so it would come back from the database as something else. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** CI variables are often empty: null and "" count as not sent. */
function sentText(text: string | null | undefined): string | undefined {
  return text?.replace(LONE_SURROGATE, '\ufffd') || undefined;
}

const NAMED_KEYS: ReadonlySet<string> = new Set(Object.keys(shape));

function extraOf(body: Readonly<Record<string, unknown>>): { [key: string]: Json } {
  const extra: { [key: string]: Json } = {};
  for (const key of Object.keys(body)) {
    if (!NAMED_KEYS.has(key)) extra[key] = asJson(body[key]);
  }
  return extra;
}

/** Loose keys are typed unknown, but a body came out of JSON.parse: all it holds is JSON. */
function asJson(value: unknown): Json {
  return value as Json;
}

/** As `asJson`, where the schema has found a name. */
function asDriftedFile(entry: z.infer<typeof file>): DriftedFile {
  return entry as DriftedFile;
}

function nestsDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const inside: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return inside.some((one) => nestsDeeper(one, limit - 1));
}
