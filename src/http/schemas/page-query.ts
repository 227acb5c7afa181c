import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { USUAL_GROUPING, USUAL_ZONE } from '../../web/views/compliance-view.ts';
import { FLEET_SORTS, type FleetSort } from '../../web/views/fleet-view.ts';
import { INCIDENT_CAUSES, INCIDENT_STATUSES } from '../../web/views/incidents-query.ts';
import { SPANS } from '../../web/views/range-nav.tsx';
import { decodeCursor } from '../cursor.ts';
import { invalidRequest } from '../problem.ts';
import { groupByOrLabel, monthName, zone } from './monthly.ts';
import { pageInstant } from './page-instant.ts';
import { filterParams, mutedParam, targetParams } from './query.ts';

const MAX_SEARCH = 1000;

const once = { error: 'must be given once' };
const { repo, server, state, label } = filterParams;

/** A form also sends empty fields. */
function optional<T extends string>(values: readonly [T, ...T[]]) {
  return z
    .enum(['', ...values], `must be one of ${values.join(', ')}`)
    .optional()
    .transform((value) => (value === '' ? undefined : values.find((allowed) => allowed === value)));
}

const q = z
  .string(once)
  .trim()
  .max(MAX_SEARCH)
  .optional()
  .transform((text) => text || undefined);

const page = z
  .string(once)
  .regex(/^(?:[1-9]\d{0,5})?$/, 'must be a whole number, 1 or more')
  .default('')
  .transform((text) => Number(text || '1'));

const range = (usual: (typeof SPANS)[number]) => optional(SPANS).transform((span) => span ?? usual);

const sort = z
  .string(once)
  .default('')
  .transform((given, context): { sort: FleetSort; desc: boolean } => {
    const text = given || 'urgency';
    const desc = text.startsWith('-');
    const sort = FLEET_SORTS.find((name) => name === text.slice(desc ? 1 : 0));
    if (sort !== undefined) return { sort, desc };
    context.addIssue(`must be one of ${FLEET_SORTS.join(', ')}, with or without a minus before it`);
    return z.NEVER;
  });

/** A value on the fleet's page that caused a problem. */
const problem = z
  .string(once)
  .regex(/^[0-9a-z]{0,16}$/, 'is not the id of a problem')
  .optional()
  .transform((text) => text || undefined);

const group = z
  .string(once)
  .regex(/^(?:[a-z][a-z0-9_]{0,62})?$/, 'must be repo, or the key of a label')
  .optional()
  .transform((text) => text || undefined);

const cursor = z
  .string(once)
  .optional()
  .transform((text, context) => {
    const position = text === undefined || text === '' ? undefined : decodeCursor(text);
    if (text && position === undefined) {
      context.addIssue('is not a cursor of this server: start again without it');
    }
    return position;
  });

// Parameters that a page does not know are ignored: mailers, chats and trackers add their own to every link.

export const fleetPageQuery = z
  .object({
    q,
    repo,
    server,
    label,
    state,
    ...mutedParam,
    problem,
    group,
    view: optional(['list']),
    at: pageInstant,
    sort,
    page,
  })
  .transform(({ sort, ...query }) => ({ ...query, ...sort }));

/** The target that is meant; undefined if repo and server do not name exactly one. */
export const targetPageQuery = z
  .object({
    repo,
    server,
    range: range('24h'),
    from: pageInstant,
    to: pageInstant,
    at: pageInstant,
    file: z
      .string(once)
      .trim()
      .max(MAX_SEARCH)
      .optional()
      .transform((text) => text || undefined),
    dir: z
      .string(once)
      .max(4096)
      .optional()
      .transform((text) => text || undefined),
    cursor,
  })
  .transform(({ repo: repos = [], server: servers = [], ...query }) => {
    const [[repo, ...otherRepos], [server, ...otherServers]] = [repos, servers];
    const isOne = otherRepos.length === 0 && otherServers.length === 0;
    if (!isOne || repo === undefined || server === undefined) return undefined;
    return { repo, server, ...query };
  });

export const incidentsPageQuery = z.object({
  q,
  repo,
  server,
  label,
  status: optional(INCIDENT_STATUSES),
  cause: optional(INCIDENT_CAUSES),
  ...mutedParam,
  each: optional(['true']).transform((each) => each === 'true'),
  range: range('30d'),
  from: pageInstant,
  to: pageInstant,
  page,
});

export const incidentPageQuery = z.object({ page });

/** One target, with what was typed about it. */
export const oneTargetQuery = z.object({
  ...targetParams,
  note: z.string(once).default(''),
  by: z.string(once).default(''),
});

export const commitsPageQuery = z.object({ q, repo, server, label, range: range('30d'), page });

export const commitPageQuery = z.object({ repo, server, state, label, page });

export const compliancePageQuery = z
  .object({ repo, server, label, by: groupByOrLabel(USUAL_GROUPING), tz: zone, month: monthName, page })
  .transform(({ by: grouping, tz = USUAL_ZONE, page, ...query }) => ({
    query: { ...query, tz, by: grouping.by === 'label' ? `label:${grouping.key}` : grouping.by },
    grouping,
    page,
  }));

export const mutesPageQuery = z.object({ page });

export const filePageQuery = z.object({
  name: z.string().min(1, 'must not be empty').max(4096),
  range: range('30d'),
});

/** The query of a page's address. Throws `invalid` if a value is not allowed. */
export function parsePageQuery<S extends z.ZodType>(c: Context, schema: S): z.output<S> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  const result = schema.safeParse(Object.fromEntries(given));
  if (!result.success) throw invalidRequest(result.error, 'query');
  return result.data;
}
