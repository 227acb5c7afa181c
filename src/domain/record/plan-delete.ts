import type { NewEvent } from '../event.ts';
import type { Target } from '../target.ts';
import { announcedStateOf, type ExistingTarget, type RecordedStatus } from './facts.ts';

/** Plans the deletion of a target: it disappears at once, its last report expires, its history stays. */
export function planDelete({
  existing,
  target,
  now,
  actor,
}: {
  existing: ExistingTarget;
  target: Target;
  now: number;
  actor: string | undefined;
}): { readonly status: RecordedStatus | undefined; readonly deletedAt: number; readonly event: NewEvent } {
  const { status, labels } = existing;
  const deletedAt = Math.max(now, status?.checkedAt ?? now);
  return {
    deletedAt,
    status: status && { ...status, staleAt: Math.min(status.staleAt, deletedAt), announcedState: undefined },
    event: {
      kind: 'target_deleted',
      origin: 'delete',
      actor,
      recordedAt: now,
      effectiveAt: deletedAt,
      ...target,
      labels,
      previousState: announcedStateOf(existing),
      state: undefined,
      incident: status?.incident,
      driftCount: undefined,
      commit: status?.commit,
      runUrl: undefined,
      detail: undefined,
    },
  };
}
