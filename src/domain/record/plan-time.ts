import type { NewEvent } from '../event.ts';
import type { Labels } from '../target.ts';
import type { RecordedStatus } from './facts.ts';
import { addTimeChange, TargetEvents } from './target-events.ts';

/**
 * The state changes that only time has brought since the last event: the statuses that have to be written, and the events.
 */
export function planTime(
  now: number,
  targets: readonly { readonly status: RecordedStatus; readonly labels: Labels }[],
): { readonly statuses: readonly RecordedStatus[]; readonly events: readonly NewEvent[] } {
  const statuses: RecordedStatus[] = [];
  const events: NewEvent[] = [];
  for (const { status, labels } of targets) {
    // A deleted target has no announced state.
    if (status.announcedState === undefined) continue;
    const { target, announcedState, announcedCommit } = status;
    const added = new TargetEvents({ target, labels, now, announcedState, announcedCommit });
    addTimeChange(added, status);
    if (added.list.length === 0) continue;
    statuses.push({ ...status, announcedState: added.announcedState });
    events.push(...added.list);
  }
  return { statuses, events };
}
