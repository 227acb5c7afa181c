import type { NewEvent } from '../event.ts';
import type { Target } from '../target.ts';
import { stateOf } from '../target-status.ts';
import { type ExistingTarget, isExpected, type RecordedStatus } from './facts.ts';

/** The rows to write if a declaration changes something. */
export interface DeclarePlan {
  readonly declaredAt: number;
  readonly status: RecordedStatus | undefined;
  readonly event: NewEvent;
}

/**
 * Plans the declaration of a target that is expected to report: a new one is STALE until its first report, and a
 * deleted one comes back. Undefined if it is there already: then nothing is written.
 */
export function planDeclare({
  existing,
  target,
  now,
  actor,
}: {
  existing: ExistingTarget | undefined;
  target: Target;
  now: number;
  actor: string | undefined;
}): DeclarePlan | undefined {
  const status = existing?.status;
  const isHidden = existing?.deletedAt !== undefined;
  if (isExpected(existing) || (status !== undefined && !isHidden)) return undefined;
  const state = status === undefined ? 'STALE' : stateOf(status, now);
  return {
    // A target that comes back was tracked before: the time between is STALE.
    declaredAt: existing?.declaredAt ?? now,
    status: status && { ...status, announcedState: state },
    event: {
      kind: 'target_added',
      origin: 'action',
      actor,
      recordedAt: now,
      effectiveAt: now,
      ...target,
      labels: existing?.labels ?? {},
      previousState: undefined,
      state,
      incident: status?.incident,
      driftCount: undefined,
      commit: status?.commit,
      runUrl: undefined,
      detail: { declared: true },
    },
  };
}
