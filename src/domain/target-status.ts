import type { Finding, FindingRef } from './finding.ts';
import type { OpenIncident } from './incident.ts';
import { type State, stateAt, stateHoldsUntil } from './state.ts';
import type { Target } from './target.ts';

/** The status of a target: its newest report, and what the history before it adds. Instants are epoch milliseconds. */
export interface TargetStatus<F extends FindingRef = Finding> {
  readonly target: Target;
  /** This and the fields up to the commit are those of the newest report. */
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly lastCheckAt: number;
  readonly staleAt: number;
  readonly finding: F;
  readonly commit: string | undefined;
  /** When the current state began, without a gap since. */
  readonly since: number;
  readonly lastSyncedAt: number | undefined;
  readonly incident: OpenIncident | undefined;
}

/** The status of a target that is expected to report and never did: it is STALE since it was declared. */
export interface ExpectedStatus
  extends Readonly<Record<Exclude<keyof TargetStatus, 'target' | 'since'>, undefined>> {
  readonly target: Target;
  /** When it was declared. */
  readonly since: number;
}

/** What the state at an instant is decided from. A target without a finding never reported. */
export type Freshness =
  | Pick<TargetStatus<FindingRef>, 'finding' | 'checkedAt' | 'staleAt'>
  | Pick<ExpectedStatus, 'finding' | 'checkedAt' | 'staleAt'>;

/** The state of a target at an instant. Views, the scan and timelines all use this function. */
export function stateOf({ finding, checkedAt, staleAt }: Freshness, at: number): State {
  if (finding === undefined) return 'STALE';
  return stateAt({ syncStatus: finding.syncStatus, checkedAt, staleAt }, at);
}

/**
 * When the state at an instant began: a stale target is stale since its last report expired, any other state since
 * `since`.
 */
export function sinceOf(status: Freshness & Pick<TargetStatus, 'since'>, at: number): number {
  if (stateOf(status, at) !== 'STALE') return status.since;
  return Math.min(status.staleAt ?? status.since, at);
}

/** When the first of these targets changes its state if nothing is reported; infinite if none does. */
export function statesHoldUntil(statuses: readonly Freshness[], now: number): number {
  let until = Number.POSITIVE_INFINITY;
  for (const { finding, checkedAt, staleAt } of statuses) {
    if (finding === undefined) continue;
    until = Math.min(until, stateHoldsUntil({ syncStatus: finding.syncStatus, checkedAt, staleAt }, now));
  }
  return until;
}
