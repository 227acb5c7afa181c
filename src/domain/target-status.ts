import type { Finding, FindingRef } from './finding.ts';
import type { OpenIncident } from './incident.ts';
import { type State, stateAt, stateHoldsUntil } from './state.ts';
import type { Target } from './target.ts';

/** Where a target stands: what its newest report says, and what the history before it adds. Instants are epoch milliseconds. */
export interface TargetStatus<F extends FindingRef = Finding> {
  readonly target: Target;
  /** Of the newest report, like what follows up to the commit. */
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly lastCheckAt: number;
  readonly staleAt: number;
  readonly finding: F;
  readonly commit: string | undefined;
  /** When the unbroken run of this sync status began. */
  readonly since: number;
  readonly lastSyncedAt: number | undefined;
  readonly incident: OpenIncident | undefined;
}

type Lasting = Pick<TargetStatus<FindingRef>, 'finding' | 'checkedAt' | 'staleAt'>;

/** The one place that says which state a target is in at an instant. */
export function stateOf({ finding, checkedAt, staleAt }: Lasting, at: number): State {
  return stateAt({ syncStatus: finding.syncStatus, checkedAt, staleAt }, at);
}

/** A stale target is stale since its last report ran out; any other state has lasted since its run began. */
export function sinceOf(status: Lasting & Pick<TargetStatus, 'since'>, at: number): number {
  return stateOf(status, at) === 'STALE' ? Math.min(status.staleAt, at) : status.since;
}

/** When the first of several targets will be in another state if nothing is reported; infinite where all stay as they are. */
export function statesHoldUntil(statuses: readonly Lasting[], now: number): number {
  let until = Number.POSITIVE_INFINITY;
  for (const { finding, checkedAt, staleAt } of statuses) {
    until = Math.min(until, stateHoldsUntil({ syncStatus: finding.syncStatus, checkedAt, staleAt }, now));
  }
  return until;
}
