import type { NewEvent } from '../event.ts';
import type { Labels } from '../labels.ts';
import type { RecordedStatus } from './facts.ts';
import { Telling, tellTime } from './telling.ts';

/**
 * What time has come to since it was last told: `statuses` with the labels of their targets. Gives the statuses that
 * changed by being told, and the events.
 */
export function planTime(
  now: number,
  targets: readonly { readonly status: RecordedStatus; readonly labels: Labels }[],
): { readonly statuses: readonly RecordedStatus[]; readonly events: readonly NewEvent[] } {
  const statuses: RecordedStatus[] = [];
  const events: NewEvent[] = [];
  for (const { status, labels } of targets) {
    // A deleted one is passed over.
    if (status.announcedState === undefined) continue;
    const { target, announcedState, announcedCommit } = status;
    const telling = new Telling({ target, labels, now, announcedState, announcedCommit });
    tellTime(telling, status);
    if (telling.events.length === 0) continue;
    statuses.push({ ...status, announcedState: telling.announcedState });
    events.push(...telling.events);
  }
  return { statuses, events };
}
