import { z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { type DriftedFile, findingOf, type Json, SYNC_STATUSES } from '../../domain/finding.ts';
import { type PostedReport, staleAfter } from '../../domain/report.ts';
import { NAME_PATTERN } from '../../domain/target.ts';
import { invalidRequest } from '../problem.ts';
import { postedInstant } from './instant.ts';
import { fromPosted, hasNoControlCharacters, NO_CONTROL_CHARACTERS, POSTED_FIELDS } from './report-fields.ts';

const MAX_FILES = 10_000;
const MAX_REPORTS = 1000;
/** No reporter needs deeper nesting; it would only exhaust the stack. */
const MAX_DEPTH = 32;

const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'must be 1 to 255 letters, digits or . _ - : @ / + ~ and start with a letter or digit',
  );

const file = z.looseObject({
  name: z
    .string()
    .min(1, 'must not be empty')
    .max(4096)
    .refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS),
});

const lastCheck = postedInstant.openapi({
  type: 'string',
  format: 'date-time',
  description:
    'When the check ended. More than 5 minutes ahead of the clock of the server it is refused; less than that it ' +
    'is kept as it is, but the report counts as checked when it arrived.',
});

const shape = {
  repo: name.openapi({ example: 'rsyslog' }),
  server: name.openapi({ example: 'rsyslog-lab' }),
  sync_status: z.enum(SYNC_STATUSES, `must be one of ${SYNC_STATUSES.join(', ')}`),
  drift_count: z.number().int().min(0).max(1e9).nullish().openapi({
    description: 'How many files differ. Where neither it nor `files` says so, the number is not known.',
  }),
  files: z.array(file).max(MAX_FILES).nullish(),
  last_check: lastCheck,
  ...POSTED_FIELDS,
  takes_over: z.boolean().nullish().openapi({
    description:
      'True where this check replaces the one that spoke for the target before. Until that one is STALE it takes the scope `admin`.',
  }),
};

/** The fields that contradict SYNCED if they have a value. */
const CONTRADICTIONS = ['drift_count', 'files', 'error', 'error_kind'] as const;
const CONTRADICTION = 'contradicts SYNCED: send OUT_OF_SYNC or UNKNOWN, or leave it out';

/** One posted report. Keys that are not named here are stored and given back. */
export const reportBody = z
  .looseObject(shape, 'must be a report, or an array of reports')
  .superRefine((report, context) => {
    if (nestsDeeper(report, MAX_DEPTH))
      context.addIssue(`must not be nested deeper than ${MAX_DEPTH} levels`);
    if (report.sync_status !== 'SYNCED') return;
    for (const key of CONTRADICTIONS) {
      if (saysSomething(report[key]))
        context.addIssue({ code: 'custom', path: [key], message: CONTRADICTION });
    }
  })
  .openapi('Report');

const reportArray = z.array(reportBody).min(1, 'must hold at least one report').max(MAX_REPORTS);

export const reportBodies = z.union([reportBody, reportArray]);

/** The same rules and messages, compiled: they take half the time. */
const oneReport = z.compile(reportBody);
const manyReports = z.compile(reportArray);

/**
 * Parses the text of a body as one report or an array of them. Throws 400 where it is not JSON, `invalid` where it is
 * no report.
 */
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

/** A posted report in the domain's terms. `staleAfterMs` is for reports that do not say when the next one is due. */
export function toReport(
  body: z.infer<typeof reportBody>,
  { staleAfterMs }: { staleAfterMs: number },
): PostedReport & { readonly lastCheckAt: number } {
  const fields = fromPosted(body);
  return {
    target: { repo: body.repo, server: body.server },
    lastCheckAt: body.last_check,
    finding: findingOf({
      syncStatus: body.sync_status,
      driftCount: body.drift_count ?? undefined,
      files: body.files?.map(asDriftedFile),
    }),
    staleAfterMs: staleAfter(fields, staleAfterMs),
    pushed: false,
    takesOver: body.takes_over ?? false,
    extra: extraOf(body),
    // Last: keys that are added after a spread take V8 ten times as long.
    ...fields,
  };
}

function saysSomething(value: number | string | readonly unknown[] | null | undefined): boolean {
  if (typeof value === 'number') return value > 0;
  return value != null && value.length > 0;
}

const NAMED_KEYS: ReadonlySet<string> = new Set(Object.keys(shape));

function extraOf(body: Readonly<Record<string, unknown>>): { [key: string]: Json } {
  const extra: { [key: string]: Json } = {};
  for (const key of Object.keys(body)) {
    if (!NAMED_KEYS.has(key)) extra[key] = asJson(body[key]);
  }
  return extra;
}

/** Loose keys have the type unknown, but the body comes from JSON.parse, so all values are JSON. */
function asJson(value: unknown): Json {
  return value as Json;
}

/** The same, and the schema has checked that there is a name. */
function asDriftedFile(entry: z.infer<typeof file>): DriftedFile {
  return entry as DriftedFile;
}

function nestsDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const inside: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return inside.some((one) => nestsDeeper(one, limit - 1));
}
