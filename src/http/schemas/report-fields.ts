import { z } from '@hono/zod-openapi';
import { urlHasPassword } from '../../domain/password.ts';
import { MAX_EXPECTED_INTERVAL_S, type ReportContent } from '../../domain/report.ts';
import { LABEL_KEY_PATTERN, MAX_LABELS } from '../../domain/target.ts';

const CONTROL_CHARACTER = /\p{Cc}/u;

export function hasNoControlCharacters(text: string | null | undefined): boolean {
  return text == null || !CONTROL_CHARACTER.test(text);
}

/** The same rules for the contract. Text that they do not name has no U+0000. */
const TEXT = '^[^\\x00]*$';
export const PLAIN_TEXT = '^[^\\x00-\\x1f\\x7f-\\x9f]*$';
/** An empty value counts as not sent. */
const HTTP_URL = '^([Hh][Tt][Tt][Pp][Ss]?://(?![^/\\\\?#]*@)[^\\x00]+)?$';

/** The rules for labels, for the contract. */
export const LABEL_RULES = {
  maxProperties: MAX_LABELS,
  propertyNames: { pattern: LABEL_KEY_PATTERN.source },
};

export const LABEL_KEY_RULE =
  'must be a lower-case letter and up to 62 more lower-case letters, digits and _';

export const NO_CONTROL_CHARACTERS = 'must not contain control characters';

/**
 * The optional fields of a report by their names on the wire. Each has its name in the domain, the schema for posting
 * and the schema for answers. Answers have the fields in this order.
 */
const FIELDS = {
  expected_interval_s: aNumber(
    'expectedIntervalS',
    z
      .number()
      .int()
      .min(1)
      .max(MAX_EXPECTED_INTERVAL_S)
      .nullish()
      .openapi({
        description:
          'Seconds until the next report is due. The target is STALE after three times as long, but not ' +
          'earlier than 180 s after the report is due.',
      }),
  ),
  stale_after_s: aNumber(
    'staleAfterS',
    z
      .number()
      .int()
      .min(1)
      .nullish()
      .openapi({
        description:
          'Seconds until the target is STALE, instead of the rule of `expected_interval_s`. More than 7 days ' +
          'count as 7 days.',
      }),
  ),
  check: {
    field: 'check',
    posted: text(255).refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS).openapi({
      pattern: PLAIN_TEXT,
      description:
        'The name of the check. One check speaks for a target: a report of another check is refused with 409.',
      example: 'drift-check',
    }),
    given: z
      .string()
      .optional()
      .openapi({
        description:
          'The name of the check. For a push to `/metrics/job/…` it is the grouping key without repo, server ' +
          'and instance',
      }),
  },
  after_deploy: {
    field: 'afterDeploy',
    posted: z.boolean().nullish().openapi({
      description: 'True if a deploy of `commit` had just succeeded.',
    }),
    given: z.literal(true).optional(),
  },
  labels: {
    field: 'labels',
    posted: z
      .record(
        z.string().regex(LABEL_KEY_PATTERN, LABEL_KEY_RULE),
        z
          .string()
          .min(1, 'must not be empty')
          .max(255)
          .refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS)
          .openapi({ pattern: PLAIN_TEXT }),
      )
      .refine((all) => Object.keys(all).length <= MAX_LABELS, `must be at most ${MAX_LABELS} labels`)
      .nullish()
      .openapi({
        description:
          'The labels of the target, such as `env` or `team`. Without this field they stay as they are; `{}` ' +
          'removes them.',
        example: { env: 'prod', team: 'ops' },
        ...LABEL_RULES,
      }),
    given: z.record(z.string(), z.string()).optional(),
  },
  commit: aText('commit', text(255)),
  branch: aText('branch', text(255)),
  run_url: aText(
    'runUrl',
    text(4096)
      .refine((url) => !url || isHttpUrl(url), {
        error: 'must be an http or https URL',
        // A URL that is too long is refused for its length alone.
        when: ({ issues }) => issues.length === 0,
      })
      .refine((url) => !url || !urlHasPassword(url), 'must not have a user or password: send it without them')
      .openapi({ pattern: HTTP_URL, description: 'An http or https address without user and password.' }),
  ),
  tool: aText('tool', text(255)),
  duration_ms: aNumber('durationMs', z.number().min(0).max(1e12).nullish()),
  error: aText(
    'error',
    text(16_384).openapi({
      description: 'Why it is UNKNOWN, or why OUT_OF_SYNC is not the whole picture. Not with SYNCED.',
    }),
  ),
  error_kind: aText('errorKind', text(255)),
} as const;

type Fields = typeof FIELDS;
type WireName = keyof Fields;
type Shape<S extends 'posted' | 'given'> = { readonly [N in WireName]: Fields[N][S] };
type Optional = Pick<ReportContent, Fields[WireName]['field']>;

export const POSTED_FIELDS = shapeOf('posted');
export const GIVEN_FIELDS = shapeOf('given');

const NAMES = Object.entries(FIELDS).map(([name, { field }]) => ({ name, field }));

/** The fields of a report that was posted. CI variables are often empty: null and "" count as not sent. */
export function fromPosted(body: z.infer<z.ZodObject<Shape<'posted'>>>): Optional {
  const posted: Readonly<Record<string, unknown>> = body;
  const fields: Record<string, unknown> = {};
  for (const { name, field } of NAMES) fields[field] = sent(posted[name]);
  fields.afterDeploy ??= false;
  if (typeof fields.commit === 'string') fields.commit = fields.commit.toLowerCase();
  if (typeof fields.durationMs === 'number') fields.durationMs = Math.round(fields.durationMs);
  return fields as Optional;
}

/** The same fields in an answer. Fields that the report does not have are left out. */
export function toGiven(report: Optional): z.infer<z.ZodObject<Shape<'given'>>> {
  const given: Record<string, unknown> = {};
  for (const { name, field } of NAMES) {
    const value = report[field];
    if (value !== undefined && value !== false) given[name] = value;
  }
  return given;
}

function sent(value: unknown): unknown {
  return value === '' ? undefined : (value ?? undefined);
}

function isHttpUrl(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function text(max: number) {
  return z.string().max(max).nullish().openapi({ pattern: TEXT });
}

function aText<F extends keyof ReportContent, P extends z.ZodType>(field: F, posted: P) {
  return { field, posted, given: z.string().optional() };
}

function aNumber<F extends keyof ReportContent, P extends z.ZodType>(field: F, posted: P) {
  return { field, posted, given: z.number().int().optional() };
}

/** `FIELDS` has each name once, so the entries have the types of its values. */
function shapeOf<S extends 'posted' | 'given'>(side: S): Shape<S> {
  return Object.fromEntries(Object.entries(FIELDS).map(([name, field]) => [name, field[side]])) as Shape<S>;
}
