import { SYNC_STATUSES, type SyncStatus } from './finding.ts';
import { MAX_AHEAD_MS } from './report.ts';

/** What is true at an instant: the sync status last reported, or STALE once that report has run out. */
export const STATES = [...SYNC_STATUSES, 'STALE'] as const;
export type State = (typeof STATES)[number];

interface LastReported {
  readonly syncStatus: SyncStatus;
  readonly checkedAt: number;
  readonly staleAt: number;
}

/**
 * The state at an instant, from what was last reported and how long that holds. A report from further ahead than a
 * reporter's clock may be vouches for nothing: this machine's clock was turned back, and would for as long take
 * silence for health.
 */
export function stateAt(last: LastReported, at: number): State {
  const isFromFuture = last.checkedAt > at + MAX_AHEAD_MS;
  return isFromFuture || at >= last.staleAt ? 'STALE' : last.syncStatus;
}

/** When the state will be another one if nothing is reported; infinite where it stays. */
export function stateHoldsUntil(last: LastReported, now: number): number {
  if (stateAt(last, now) !== 'STALE') return last.staleAt;
  return now < last.staleAt ? last.checkedAt - MAX_AHEAD_MS : Number.POSITIVE_INFINITY;
}

const SEVERITY: Readonly<Record<State, number>> = { SYNCED: 0, STALE: 1, UNKNOWN: 2, OUT_OF_SYNC: 3 };

/** Orders the worse first: drift before not knowing, not knowing before silence, silence before health. */
export function compareSeverity(a: State, b: State): number {
  return SEVERITY[b] - SEVERITY[a];
}
