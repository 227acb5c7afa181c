import { SYNC_STATUSES, type SyncStatus } from './finding.ts';
import { MAX_AHEAD_MS } from './report.ts';

/** The state at an instant: the sync status of the last report, or STALE once that report has expired. */
export const STATES = [...SYNC_STATUSES, 'STALE'] as const;
export type State = (typeof STATES)[number];

interface LastReported {
  readonly syncStatus: SyncStatus;
  readonly checkedAt: number;
  readonly staleAt: number;
}

/**
 * The state at an instant, from the last report and its validity. A report does not count if it is further ahead than a
 * reporter's clock may be. This machine's clock was turned back, and the report would hide silence for that long.
 */
export function stateAt(last: LastReported, at: number): State {
  const isFromFuture = last.checkedAt > at + MAX_AHEAD_MS;
  return isFromFuture || at >= last.staleAt ? 'STALE' : last.syncStatus;
}

/** When the state changes if nothing is reported; infinite if it never does. */
export function stateHoldsUntil(last: LastReported, now: number): number {
  if (stateAt(last, now) !== 'STALE') return last.staleAt;
  return now < last.staleAt ? last.checkedAt - MAX_AHEAD_MS : Number.POSITIVE_INFINITY;
}

const SEVERITY: Readonly<Record<State, number>> = { SYNCED: 0, STALE: 1, UNKNOWN: 2, OUT_OF_SYNC: 3 };

/** Sorts the worse state first: OUT_OF_SYNC, UNKNOWN, STALE, SYNCED. */
export function compareSeverity(a: State, b: State): number {
  return SEVERITY[b] - SEVERITY[a];
}
