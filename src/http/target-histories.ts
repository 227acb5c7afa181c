import { groupBy } from '../domain/group-by.ts';
import type { Range } from '../domain/instant.ts';
import type { State } from '../domain/state.ts';
import { type Target, targetKey } from '../domain/target.ts';
import { stateOf } from '../domain/target-status.ts';
import type { Queries, StatusDetails, TargetIncident, TargetPeriods } from '../store/queries.ts';
import { isWantedState, type TargetQuery, targetFilter, wantedStates } from './schemas/query.ts';

export interface TargetHistory extends TargetPeriods {
  readonly incidents: readonly TargetIncident[];
}

/**
 * What happened to each target that is meant: the periods and the incidents that overlap the range; with
 * `toLatest` the periods since as well.
 */
export async function targetHistories(
  store: Queries,
  query: TargetQuery,
  { range, now, toLatest = false }: { range: Range; now: number; toLatest?: boolean },
): Promise<TargetHistory[]> {
  const filter = targetFilter(query);
  const [isWanted, histories, incidents] = await Promise.all([
    wantedTargets(store, query, now),
    store.periods(filter, toLatest ? { ...range, to: Number.MAX_SAFE_INTEGER } : range),
    store.incidents(filter, range),
  ]);
  const byTarget = groupBy(incidents, ({ target }) => targetKey(target));
  return histories
    .filter(isWanted)
    .map((history) => ({ ...history, incidents: byTarget.get(targetKey(history.target)) ?? [] }));
}

/** What each target that is meant reported last, and the state that it is in now. */
export async function wantedStatuses(
  store: Queries,
  query: TargetQuery,
  now: number,
): Promise<{ readonly status: StatusDetails; readonly state: State }[]> {
  const statuses = await store.statuses(targetFilter(query));
  return statuses
    .map((status) => ({ status, state: stateOf(status, now) }))
    .filter(({ state }) => isWantedState(state, query));
}

/** Whether something belongs to a target that is in one of the states asked for, as it is now. */
export async function wantedTargets(
  store: Queries,
  query: TargetQuery,
  now: number,
): Promise<(of: { readonly target: Target }) => boolean> {
  if (wantedStates(query) === undefined) return () => true;
  const wanted = new Set(
    (await wantedStatuses(store, query, now)).map(({ status }) => targetKey(status.target)),
  );
  return ({ target }) => wanted.has(targetKey(target));
}
