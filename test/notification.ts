import type { Notification } from '../src/domain/notify/notification.ts';
import { DAY, MINUTE, NOON } from './fixtures.ts';

/** A drift of target 1, incident 7, that waits to be told. */
export function aNotification(traits: Partial<Notification> = {}): Notification {
  return {
    id: undefined,
    targetId: 1,
    condition: 'drift',
    isFlapping: false,
    incidentId: 7,
    since: NOON,
    recordedAt: NOON,
    dueAt: NOON + MINUTE,
    heldUntil: undefined,
    repeatMs: DAY,
    thread: undefined,
    told: undefined,
    toldAt: undefined,
    hasNews: false,
    overAt: undefined,
    closedAt: undefined,
    messageId: undefined,
    ...traits,
  };
}
