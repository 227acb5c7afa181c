import { groupBy } from '../group-by.ts';
import type { Range } from '../instant.ts';
import type { State } from '../state.ts';
import { type Target, targetKey } from '../target.ts';
import { stateOf } from '../target-status.ts';
import type { HistoryReader, StatusDetails, TargetFilter, TargetIncident, TargetPeriods } from './reader.ts';

/** The targets that a question is about, optionally only those that are in one of some states now. */
export interface Selection {
  readonly filter: TargetFilter;
  /** Undefined means any. */
  readonly states?: readonly State[] | undefined;
}

export interface TargetHistory extends TargetPeriods {
  readonly incidents: readonly TargetIncident[];
}

/**
 * The periods and incidents of each selected target that overlap the range; with `toLatest` also the periods after
 * it.
 */
export async function targetHistories(
  reader: HistoryReader,
  selection: Selection,
  { range, now, toLatest = false }: { range: Range; now: number; toLatest?: boolean },
): Promise<TargetHistory[]> {
  const { filter } = selection;
  const [isSelected, histories, incidents] = await Promise.all([
    selectedTargets(reader, selection, now),
    reader.periods(filter, toLatest ? { ...range, to: Number.MAX_SAFE_INTEGER } : range),
    reader.incidents(filter, range),
  ]);
  const byTarget = groupBy(incidents, ({ target }) => targetKey(target));
  return histories
    .filter(isSelected)
    .map((history) => ({ ...history, incidents: byTarget.get(targetKey(history.target)) ?? [] }));
}

/** The status of each selected target, and its state now. */
export async function selectedStatuses(
  reader: HistoryReader,
  { filter, states }: Selection,
  now: number,
): Promise<{ readonly status: StatusDetails; readonly state: State }[]> {
  const statuses = await reader.statuses(filter);
  return statuses
    .map((status) => ({ status, state: stateOf(status, now) }))
    .filter(({ state }) => states?.includes(state) ?? true);
}

/** Makes a function that says whether something belongs to a selected target. */
export async function selectedTargets(
  reader: HistoryReader,
  selection: Selection,
  now: number,
): Promise<(of: { readonly target: Target }) => boolean> {
  if (selection.states === undefined) return () => true;
  const statuses = await selectedStatuses(reader, selection, now);
  const selected = new Set(statuses.map(({ status }) => targetKey(status.target)));
  return ({ target }) => selected.has(targetKey(target));
}
