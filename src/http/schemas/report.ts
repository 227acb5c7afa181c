import { z } from '@hono/zod-openapi';
import { type DriftedFile, findingOf, type Json, SYNC_STATUSES } from '../../domain/finding.ts';
import { hasPassword } from '../../domain/password.ts';
import { type PostedReport, staleAfter } from '../../domain/report.ts';
import { NAME_PATTERN, NAME_RULE } from '../../domain/target.ts';
import { postedInstant } from './instant.ts';
import { NAME_IN_CONTRACT } from './names.ts';
import {
  fromPosted,
  hasNoControlCharacters,
  NO_CONTROL_CHARACTERS,
  PLAIN_TEXT,
  POSTED_FIELDS,
} from './report-fields.ts';

export const MAX_FILES = 10_000;
export const MAX_REPORTS = 1000;
/** No reporter needs deeper nesting, which would only exhaust the stack. The reader of the text refuses it. */
export const MAX_DEPTH = 32;

const name = z
  .string()
  .regex(NAME_PATTERN, `must be ${NAME_RULE}`)
  .refine((text) => !hasPassword(text), 'must not have a password (user:password@): send the name without it')
  .openapi({ pattern: NAME_IN_CONTRACT });

export const driftedFile = z
  .looseObject({
    name: z
      .string()
      .min(1, 'must not be empty')
      .max(4096)
      .refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS)
      .openapi({ pattern: PLAIN_TEXT }),
  })
  .openapi({ title: 'PostedFile' });

const lastCheck = postedInstant.openapi({
  type: 'string',
  format: 'date-time',
  description:
    'When the check ended. It is refused if it is more than 5 minutes ahead of the clock of the server. ' +
    'If it is less ahead, it is stored as it is, but the report counts as checked when it arrived.',
});

const shape = {
  repo: name.openapi({ example: 'rsyslog' }),
  server: name.openapi({ example: 'rsyslog-lab' }),
  sync_status: z.enum(SYNC_STATUSES, `must be one of ${SYNC_STATUSES.join(', ')}`),
  drift_count: z.number().int().min(0).max(1e9).nullish().openapi({
    description: 'How many files differ. If neither this nor `files` says it, the number is not known.',
  }),
  files: z.array(driftedFile).max(MAX_FILES).nullish(),
  last_check: lastCheck,
  ...POSTED_FIELDS,
  takes_over: z
    .boolean()
    .nullish()
    .openapi({
      description:
        'True if this check replaces the one that spoke for the target before. The token needs the scope ' +
        '`admin` until the target is STALE.',
    }),
};

/** The fields that contradict SYNCED if they have a value. */
const CONTRADICTIONS = ['drift_count', 'files', 'error', 'error_kind'] as const;
/** The same rule for the contract. */
const IF_SYNCED = {
  if: { properties: { sync_status: { const: 'SYNCED' } }, required: ['sync_status'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
  then: {
    properties: {
      drift_count: { maximum: 0 },
      files: { maxItems: 0 },
      error: { maxLength: 0 },
      error_kind: { maxLength: 0 },
    },
  },
};
const CONTRADICTION = 'contradicts SYNCED: send OUT_OF_SYNC or UNKNOWN, or leave it out';

/** One posted report. Keys that are not named here are stored and given back. */
export const reportBody = z
  .looseObject(shape, 'must be a report, or an array of reports')
  .superRefine((report, context) => {
    if (report.sync_status !== 'SYNCED') return;
    for (const key of CONTRADICTIONS) {
      if (saysSomething(report[key]))
        context.addIssue({ code: 'custom', path: [key], message: CONTRADICTION });
    }
  })
  .openapi('Report', { ...IF_SYNCED });

const reportArray = z
  .array(reportBody)
  .min(1, 'must have at least one report')
  .max(MAX_REPORTS)
  .openapi('ReportArray');

export const reportBodies = z.union([reportBody, reportArray]).openapi('ReportBody');

/** From JSON.parse: all values are JSON, and all keys are its own. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A posted report in the domain's terms. `posted` is the JSON value that `body` was made of: the schema leaves out keys
 * that are named like a prototype. `staleAfterMs` is for reports that do not say when the next one is due.
 */
export function toReport(
  body: z.infer<typeof reportBody>,
  { posted, staleAfterMs }: { posted: JsonObject; staleAfterMs: number },
): PostedReport & { readonly lastCheckAt: number } {
  const fields = fromPosted(body);
  return {
    target: { repo: body.repo, server: body.server },
    lastCheckAt: body.last_check,
    finding: findingOf({
      syncStatus: body.sync_status,
      driftCount: body.drift_count ?? undefined,
      files: filesOf(posted),
    }),
    staleAfterMs: staleAfter(fields, staleAfterMs),
    pushed: false,
    pushGroup: undefined,
    takesOver: body.takes_over ?? false,
    extra: extraOf(posted),
    // These come last: V8 takes ten times as long for keys that follow a spread.
    ...fields,
  };
}

function saysSomething(value: number | string | readonly unknown[] | null | undefined): boolean {
  if (typeof value === 'number') return value > 0;
  return value != null && value.length > 0;
}

/** The keys with a meaning; all others are stored as they are. */
export const REPORT_KEYS: readonly string[] = Object.keys(shape);
const NAMED_KEYS: ReadonlySet<string> = new Set(REPORT_KEYS);

function extraOf(posted: JsonObject): { [key: string]: Json } {
  const extra: { [key: string]: Json } = {};
  for (const key of Object.keys(posted)) {
    if (NAMED_KEYS.has(key)) continue;
    // An assignment would replace the prototype.
    if (key === '__proto__') Object.defineProperty(extra, key, { ...OWN, value: posted[key] });
    else extra[key] = asJson(posted[key]);
  }
  return extra;
}

const OWN = { configurable: true, enumerable: true, writable: true };

function asJson(value: unknown): Json {
  return value as Json;
}

/** The schema has checked that each has a name. */
function filesOf({ files }: JsonObject): readonly DriftedFile[] | undefined {
  return Array.isArray(files) ? (files as DriftedFile[]) : undefined;
}
