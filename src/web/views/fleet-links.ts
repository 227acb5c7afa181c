import type { FleetQuery, FleetSort } from './fleet-view.ts';
import { linkTo } from './links.ts';

/** The columns whose usual order is descending; in others the smallest or oldest comes first. */
const LARGEST_FIRST: readonly FleetSort[] = ['drift'];

/** The link to the fleet page with some changes to the query; it starts at the first page. */
export function fleetLink(query: FleetQuery, changes: Partial<FleetQuery> & { page?: number } = {}): string {
  const { muted, at, page, sort, desc, ...rest } = { ...query, page: 1, ...changes };
  const { q, repo, server, label, state, problem, group, view } = rest;
  return linkTo('/', {
    q,
    repo,
    server,
    label,
    state,
    muted: muted?.toString(),
    problem,
    group: group === 'repo' ? undefined : group,
    view,
    at: atParam(at),
    sort: sortParam({ sort, desc }),
    page: page === 1 ? undefined : page,
  });
}

/** An instant as a query parameter, in seconds. */
export function atParam(at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.floor(at / 1000);
}

/** The order as a query parameter; undefined for the default. */
export function sortParam({ sort, desc }: Pick<FleetQuery, 'sort' | 'desc'>): string | undefined {
  if (sort === 'urgency' && !desc) return undefined;
  return `${desc ? '-' : ''}${sort}`;
}

/** The link in the head of a column: its usual order, or the reverse if the table has that order already. */
export function sortedBy(query: FleetQuery, sort: FleetSort): string {
  const desc = query.sort === sort ? !query.desc : LARGEST_FIRST.includes(sort);
  return fleetLink(query, { sort, desc });
}
