import { groupBy } from '../domain/group-by.ts';
import type { Range } from '../domain/instant.ts';
import { type State, stateAt } from '../domain/state.ts';
import type { Target } from '../domain/target.ts';
import type { Store, StoredIncident, TargetPeriods } from '../store/store.ts';
import { isState, targetFilter } from './schemas/query.ts';

interface TargetQuery {
  readonly repo?: string[] | undefined;
  readonly server?: string[] | undefined;
  readonly state?: State[] | undefined;
}

export interface TargetHistory extends TargetPeriods {
  readonly incidents: readonly StoredIncident[];
}

/**
 * What happened to each target that is meant: its periods from the range on to the latest, and the incidents
 * that overlap the range.
 */
export async function targetHistories(
  store: Store,
  query: TargetQuery,
  { range, now }: { range: Range; now: number },
): Promise<TargetHistory[]> {
  const filter = targetFilter(query);
  const [isWanted, histories, incidents] = await Promise.all([
    wantedTargets(store, query, now),
    store.periods(filter, { ...range, to: Number.MAX_SAFE_INTEGER }),
    store.incidents(filter, range),
  ]);
  const byTarget = groupBy(incidents, ({ target }) => keyOf(target));
  return histories
    .filter(isWanted)
    .map((history) => ({ ...history, incidents: byTarget.get(keyOf(history.target)) ?? [] }));
}

/** Whether something belongs to a target that is in one of the states asked for, as it is now. */
export async function wantedTargets(
  store: Store,
  query: TargetQuery,
  now: number,
): Promise<(of: { readonly target: Target }) => boolean> {
  if (query.state === undefined) return () => true;
  const statuses = await store.statuses(targetFilter(query));
  const wanted = new Set(
    statuses
      .filter(({ finding, staleAt }) =>
        isState(stateAt({ syncStatus: finding.syncStatus, staleAt }, now), query.state),
      )
      .map(({ target }) => keyOf(target)),
  );
  return ({ target }) => wanted.has(keyOf(target));
}

function keyOf({ repo, server }: Target): string {
  return `${repo} ${server}`;
}
