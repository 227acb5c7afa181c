import type { EventLog } from '../store/event-log.ts';

type Bounds = Awaited<ReturnType<EventLog['eventBounds']>>;

/**
 * Whether a reader that has seen everything up to `seq` can go on after it without missing anything: the log still has
 * that event, or begins right after it. A seq inside the log that no event has was lost when a backup was restored, so
 * its reader has seen events that never happened.
 */
export async function isResumable(
  log: Pick<EventLog, 'eventsAfter'>,
  { from, last }: Bounds,
  seq: number,
): Promise<boolean> {
  if (seq === from - 1 || seq === last) return true;
  if (seq < from || seq > last) return false;
  const { events } = await log.eventsAfter(seq - 1, { limit: 1 });
  return events[0]?.seq === seq;
}

/**
 * Where a listener begins: after the last id it has seen if nothing is missing there, otherwise at the end of the log.
 */
export async function resumeAt(
  log: EventLog,
  lastEventId: string | undefined,
): Promise<{ readonly position: number; readonly isReset: boolean; readonly last: number }> {
  const bounds = await log.eventBounds();
  const seq = /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : undefined;
  const canResume = seq !== undefined && (await isResumable(log, bounds, seq));
  return { position: canResume ? seq : bounds.last, isReset: !canResume, last: bounds.last };
}
