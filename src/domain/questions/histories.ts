import type { FindingSummary } from '../finding.ts';
import { groupBy } from '../group-by.ts';
import type { Range } from '../instant.ts';
import type { State } from '../state.ts';
import { type Target, targetKey } from '../target.ts';
import { type Freshness, stateOf } from '../target-status.ts';
import type {
  HistoryReader,
  OfTarget,
  StatusDetails,
  TargetFilter,
  TargetIncident,
  TargetPeriods,
} from './reader.ts';

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
 * it. `limit` counts targets.
 */
export async function targetHistories(
  reader: HistoryReader,
  selection: Selection,
  {
    range,
    now,
    toLatest = false,
    limit,
  }: { range: Range; now: number; toLatest?: boolean; limit?: number | undefined },
): Promise<TargetHistory[]> {
  const { filter } = selection;
  const isSelected = await selectedTargets(reader, selection, now);
  const asked = toLatest ? { ...range, to: Number.MAX_SAFE_INTEGER } : range;
  const histories = await reader.periods(filter, asked, { limit, isWanted: isSelected });
  const isWanted = limit === undefined ? isSelected : oneOf(histories);
  const incidents = await reader.incidents(filter, range, { isWanted });
  const byTarget = groupBy(incidents, ({ target }) => targetKey(target));
  return histories.map((history) => ({
    ...history,
    incidents: byTarget.get(targetKey(history.target)) ?? [],
  }));
}

/** The status of each selected target, now or at an instant, at most the first `limit` of them. */
export async function selectedStatuses(
  reader: HistoryReader,
  { filter, states }: Selection,
  {
    now,
    at,
    limit,
    isAlso,
  }: {
    now: number;
    at?: number | undefined;
    limit?: number | undefined;
    /** What else is asked of them. */
    isAlso?: ((of: OfTarget) => boolean) | undefined;
  },
): Promise<readonly StatusDetails[]> {
  const isMeant = (status: Freshness & OfTarget) =>
    states?.includes(stateOf(status, at ?? now)) !== false && isAlso?.(status) !== false;
  const isWanted = states || isAlso ? isMeant : undefined;
  return reader.statuses(filter, at, { limit, isWanted });
}

/** The status of each selected target without its files, and its state now. */
export async function selectedSummaries(
  reader: Pick<HistoryReader, 'summaries'>,
  { filter, states }: Selection,
  now: number,
): Promise<{ readonly status: StatusDetails<FindingSummary>; readonly state: State }[]> {
  const statuses = await reader.summaries(filter);
  return statuses
    .map((status) => ({ status, state: stateOf(status, now) }))
    .filter(({ state }) => states?.includes(state) ?? true);
}

/** Makes a function that says whether something belongs to a selected target. */
export async function selectedTargets(
  reader: HistoryReader,
  selection: Selection,
  now: number,
): Promise<(of: OfTarget) => boolean> {
  if (selection.states === undefined) return () => true;
  const summaries = await selectedSummaries(reader, selection, now);
  return oneOf(summaries.map(({ status }) => status));
}

function oneOf(those: readonly OfTarget[]): (of: OfTarget) => boolean {
  const keys = new Set(those.map(({ target }: { target: Target }) => targetKey(target)));
  return ({ target }) => keys.has(targetKey(target));
}
