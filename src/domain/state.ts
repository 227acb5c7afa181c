import { SYNC_STATUSES, type SyncStatus } from './finding.ts';

/** What is true at an instant: the sync status last reported, or STALE once that report has run out. */
export const STATES = [...SYNC_STATUSES, 'STALE'] as const;
export type State = (typeof STATES)[number];

/** The state at an instant, from what was last reported and how long that holds. */
export function stateAt(last: { syncStatus: SyncStatus; staleAt: number }, at: number): State {
  return at >= last.staleAt ? 'STALE' : last.syncStatus;
}

const SEVERITY: Readonly<Record<State, number>> = { SYNCED: 0, STALE: 1, UNKNOWN: 2, OUT_OF_SYNC: 3 };

/** Orders the worse first: drift before not knowing, not knowing before silence, silence before health. */
export function compareSeverity(a: State, b: State): number {
  return SEVERITY[b] - SEVERITY[a];
}
