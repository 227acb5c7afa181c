import { z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import { hasPassword } from '../../domain/password.ts';
import type { Selection } from '../../domain/questions/histories.ts';
import type { RangeAsked } from '../../domain/questions/range.ts';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import { STATES, type State } from '../../domain/state.ts';
import { NAME_PATTERN } from '../../domain/target.ts';
import { isUnresolved, parseFilterValues } from '../filter-values.ts';
import { ASKED_INSTANT, type AskedInstant, readAskedInstant } from './instant.ts';
import { labelParam } from './label-param.ts';
import { NAME_IN_CONTRACT, STARRED_NAME_IN_CONTRACT } from './names.ts';

const MAX_LIMIT = 5000;

/** Several values in any spelling of `parseFilterValues`. None, or "all", means no filter. */
export function several<T extends string>(
  value: z.ZodType<T, string>,
  { name, description, items = {} }: { name: string; description: string; items?: object },
) {
  return z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((given) => parseFilterValues(given ?? []))
    .pipe(z.array(value))
    .transform((values) => (values.length === 0 ? undefined : values))
    .openapi({
      param: { name, in: 'query', explode: true, description },
      type: 'array',
      items: { type: 'string', ...items },
    });
}

const aName = { pattern: NAME_IN_CONTRACT };
export const targetName = z
  .string()
  .regex(NAME_PATTERN, 'is not a valid name of a repo or server')
  .refine((name) => !hasPassword(name), 'contains a password, which a name must not have')
  .openapi(aName);

/** The same with `*` for any characters: `web-*` matches every name with that beginning. */
const namePattern = z
  .string()
  .refine((text) => NAME_PATTERN.test(withoutStars(text)), 'is not a valid name of a repo or server')
  .refine((text) => !hasPassword(withoutStars(text)), 'contains a password, which a name must not have');

const aPattern = { pattern: STARRED_NAME_IN_CONTRACT };

function withoutStars(text: string): string {
  return text.replaceAll('*', 'x');
}

/** For a question without parameters: a misspelled one is refused, not ignored. */
export const noParameters = z.strictObject({});

export const once = { error: 'must be given once' };

export const INSTANTS = 'RFC 3339, epoch seconds or milliseconds, or now-6h';

function instantOf(description: string) {
  return z
    .string(once)
    .optional()
    .transform((text, context) => {
      if (text === undefined || text === '' || isUnresolved(text)) return undefined;
      const asked = readAskedInstant(text);
      if (typeof asked === 'function') return asked;
      context.addIssue(`must be ${INSTANTS}: ${asked.fault}`);
      return z.NEVER;
    })
    .openapi({ type: 'string', pattern: ASKED_INSTANT, description: `${description} ${INSTANTS}.` });
}

const targetState = z
  .string()
  .toUpperCase()
  .pipe(z.enum(STATES, `must be one of ${STATES.join(', ')}`));

/** Each parameter also has the name that Grafana's `:queryparam` gives it. */
export const filterParams = {
  repo: several(namePattern, {
    name: 'repo',
    items: aPattern,
    description: 'Only these repos; `*` stands for any characters.',
  }),
  server: several(namePattern, {
    name: 'server',
    items: aPattern,
    description: 'Only these servers; `*` stands for any characters.',
  }),
  state: several(targetState, {
    name: 'state',
    items: { enum: [...STATES] },
    description: 'Only these states: the state of the row if it has one, else the state of its target now.',
  }),
  label: labelParam({
    name: 'label',
    description:
      'Only targets that have these labels now, each as `key:value`. Every key must match, with any of its ' +
      'values. A value is never split at commas: repeat the parameter.',
  }),
  'var-repo': several(namePattern, { name: 'var-repo', description: 'As `repo`.' }),
  'var-server': several(namePattern, { name: 'var-server', description: 'As `server`.' }),
  'var-state': several(targetState, { name: 'var-state', description: 'As `state`.' }),
  'var-label': labelParam({ name: 'var-label', description: 'As `label`.' }),
  picked_only: z.enum(['true', 'false'], 'must be true or false').default('false').openapi({
    type: 'boolean',
    default: false,
    description:
      'True: the answer is empty unless a repo and a server are named. For a dashboard of one target.',
  }),
};

/** Whether to return what is muted. It is a parameter of lists, never of the gate. */
export const mutedParam = {
  muted: z
    .string(once)
    .optional()
    .transform((text, context) => {
      if (text === undefined || text === '' || isUnresolved(text)) return undefined;
      if (text === 'true' || text === 'false') return text === 'true';
      context.addIssue('must be true or false');
      return z.NEVER;
    })
    .openapi({
      type: 'boolean',
      description:
        'True: only what is muted now. False: only what is not. Without it, both: a muted drift is a drift.',
    }),
};

/** One target by its full name. */
export const targetParams = {
  repo: targetName.openapi({ param: { name: 'repo', in: 'query', required: true } }),
  server: targetName.openapi({ param: { name: 'server', in: 'query', required: true } }),
};

/** A new name for it; the part that is left out stays. */
export const newTargetParams = {
  new_repo: targetName.optional().openapi({
    param: { name: 'new_repo', in: 'query' },
    description: 'Without it, this part of the name stays.',
  }),
  new_server: targetName.optional().openapi({
    param: { name: 'new_server', in: 'query' },
    description: 'Without it, this part of the name stays.',
  }),
};

export const rangeParams = {
  from: instantOf('Start of the range; 24 hours before its end by default.'),
  to: instantOf('End of the range; now by default, and never later.'),
};

export const atParam = { at: instantOf('The answer as it was at this instant, instead of now.') };

/** Parses decimal digits only, not the other notations that JavaScript accepts. */
export function toNumber(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

export const limitParam = {
  limit: z
    .string(once)
    .optional()
    .transform((text) => (text === undefined || text === '' ? undefined : toNumber(text)))
    .pipe(z.number(`must be a whole number from 1 to ${MAX_LIMIT}`).int().min(1).max(MAX_LIMIT).optional())
    .openapi({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, description: 'At most this many rows.' }),
};

export const formatParam = {
  format: z
    .enum(['json', 'csv'], 'must be json or csv')
    .default('json')
    .openapi({ description: 'JSON, or CSV with a header line.' }),
  raw: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .openapi({
      type: 'boolean',
      default: false,
      description:
        'True: text in CSV and in rows for panels is as it was posted. Without it, text that a spreadsheet would take ' +
        "for a formula begins with a `'`, invisible characters are written as `\\u202e`, and terminal colours are left out.",
    }),
};

export interface TargetQuery {
  readonly repo?: string[] | undefined;
  readonly server?: string[] | undefined;
  readonly state?: State[] | undefined;
  readonly 'var-repo'?: string[] | undefined;
  readonly 'var-server'?: string[] | undefined;
  readonly 'var-state'?: State[] | undefined;
  readonly label?: string[] | undefined;
  readonly 'var-label'?: string[] | undefined;
  readonly picked_only?: 'true' | 'false' | undefined;
}

/** The selection of a query, also in the spelling of Grafana's variables. */
export function selectionOf(query: TargetQuery): Selection {
  const none = query.picked_only === 'true' ? [] : undefined;
  const repos = query.repo ?? query['var-repo'] ?? none;
  const servers = query.server ?? query['var-server'] ?? none;
  const labels = query.label ?? query['var-label'];
  return {
    filter: { ...(repos && { repos }), ...(servers && { servers }), ...(labels && { labels }) },
    states: query.state ?? query['var-state'],
  };
}

/** The selected targets, in any state. */
export function targetFilter(query: TargetQuery): TargetFilter {
  return selectionOf(query).filter;
}

/** A query with a range. */
export interface RangeQuery {
  readonly from?: AskedInstant | undefined;
  readonly to?: AskedInstant | undefined;
}

/** The range of a query, once now is known. Throws `invalid` if it ends before it begins. */
export function rangeAsked(query: RangeQuery, now: number): RangeAsked {
  const from = query.from?.(now);
  const to = query.to?.(now);
  if (from !== undefined && to !== undefined && from > to)
    throw invalidParameter('from', 'must not be after to');
  return { from, to };
}

/** A valid parameter that cannot be answered. */
export function invalidParameter(parameter: string, detail: string): DomainError {
  return new DomainError('invalid', `${parameter}: ${detail}`, { fieldErrors: [{ parameter, detail }] });
}

/** Whether a state is selected. */
export function isWantedState(state: State, query: TargetQuery): boolean {
  return selectionOf(query).states?.includes(state) ?? true;
}
