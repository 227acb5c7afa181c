import type { FleetQuery, FleetSort } from './fleet-view.ts';
import { linkTo } from './links.ts';

/** What is worth seeing first when a column is sorted by: the most files, else the least or the oldest. */
const LARGEST_FIRST: readonly FleetSort[] = ['drift'];

/** The fleet as it is asked for, but for what changes; a change begins at the first page. */
export function fleetLink(query: FleetQuery, changes: Partial<FleetQuery> & { page?: number } = {}): string {
  const { q, repo, server, state, page, ...order } = { ...query, page: 1, ...changes };
  return linkTo('/', { q, repo, server, state, sort: sortParam(order), page: page === 1 ? undefined : page });
}

/** The order as the query has it; undefined for the usual one. */
export function sortParam({ sort, desc }: Pick<FleetQuery, 'sort' | 'desc'>): string | undefined {
  if (sort === 'urgency' && !desc) return undefined;
  return `${desc ? '-' : ''}${sort}`;
}

/** What a click on a column's head leads to: its usual order, or the other way round where it has that already. */
export function sortedBy(query: FleetQuery, sort: FleetSort): string {
  const desc = query.sort === sort ? !query.desc : LARGEST_FIRST.includes(sort);
  return fleetLink(query, { sort, desc });
}
