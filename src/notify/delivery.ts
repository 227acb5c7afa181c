import { messageOf } from '../domain/notify/decide-message.ts';
import type { Notification } from '../domain/notify/notification.ts';
import type { Target } from '../domain/target.ts';
import type { Term } from '../store/leases.ts';
import type { Notifications } from '../store/notifications.ts';
import type { AlertChannel, MessageChannel } from './channel.ts';
import type { ChannelHealth } from './channel-health.ts';
import type { Handling } from './handling.ts';

/** How often an alert channel is told what is open, and for how long it is told what is over. */
const RETELL_MS = 60_000;
const RETELL_RESOLVED_MS = 15 * 60_000;

export interface DeliveryDeps {
  readonly store: Notifications;
  readonly term: Term;
  readonly clock: () => number;
  readonly health: ChannelHealth;
  readonly handling: (targets: readonly Target[]) => Promise<Handling>;
  /** By channel, the message that was sent if that could not be stored yet: then only the storing is tried again. */
  readonly sent: Map<string, string>;
}

/**
 * Delivers what was decided. Resolves to the instant of the next call, which is not after now if it has sent something.
 */
export interface Delivery {
  deliver(signal: AbortSignal): Promise<number>;
}

/**
 * Sends each message, and stores that it was sent. A crash between the two sends it once more, with the same id. The
 * lease is confirmed right before each message: this process may have stood still for long.
 */
export function messageDelivery(
  channel: MessageChannel,
  { store, term, clock, health, sent }: DeliveryDeps,
): Delivery {
  const { name } = channel;
  const { fence } = term;
  return {
    async deliver(signal) {
      if (clock() < health.holdUntil) return health.holdUntil;
      const next = await store.nextMessage(name, clock());
      const message = next && messageOf(next.thread, next.notifications);
      if (next === undefined || message === undefined) {
        return (await store.nextTryAt(name)) ?? Number.POSITIVE_INFINITY;
      }
      const { thread } = next;
      const isSent = sent.get(name) === message.id;
      if (!isSent) await term.confirm();
      try {
        if (!isSent) await channel.send(message, signal);
      } catch (error) {
        term.signal.throwIfAborted();
        const attempts = (thread.outgoing?.attempts ?? 0) + 1;
        const tryAt = health.failed(error, attempts);
        const outgoing = thread.outgoing && { ...thread.outgoing, attempts, tryAt };
        await store.writeNotifications(name, { threads: [{ ...thread, outgoing }] }, fence);
        return health.holdUntil;
      }
      if (!isSent) health.delivered();
      sent.set(name, message.id);
      // There may be more to tell by now.
      const actAt = thread.closedAt === undefined ? clock() : undefined;
      await store.writeNotifications(name, { threads: [{ ...thread, outgoing: undefined, actAt }] }, fence);
      sent.delete(name);
      return clock();
    },
  };
}

/** Tells everything that is open, and what ended in the last minutes: the receiver forgets both when it restarts. */
export function alertDelivery(
  channel: AlertChannel,
  { store, term, clock, health, handling }: DeliveryDeps,
): Delivery {
  let attempts = 0;
  return {
    async deliver(signal) {
      if (clock() < health.holdUntil) return health.holdUntil;
      const told = await store.told(channel.name);
      if (told.length > 0) {
        const lasting = problemsOf(told, false);
        const { acknowledgedBy } = await handling(lasting.map(({ target }) => target));
        const firing = lasting.map((problem) => ({
          ...problem,
          acknowledgedBy: acknowledgedBy(problem),
        }));
        const alerts = { firing, resolved: problemsOf(told, true) };
        await term.confirm();
        try {
          await channel.tell(alerts, signal);
        } catch (error) {
          term.signal.throwIfAborted();
          attempts++;
          return Math.min(health.failed(error, attempts), clock() + RETELL_MS);
        }
        health.delivered();
      }
      attempts = 0;
      await close(told);
      return clock() + RETELL_MS;
    },
  };

  async function close(told: readonly Notification[]): Promise<void> {
    const now = clock();
    const done = told.filter(({ overAt }) => overAt !== undefined && overAt + RETELL_RESOLVED_MS <= now);
    if (done.length === 0) return;
    const write = done.map((notification) => ({ ...notification, closedAt: now }));
    await store.writeNotifications(channel.name, { write }, term.fence);
  }
}

function problemsOf(told: readonly Notification[], isOver: boolean) {
  return told
    .filter(({ overAt }) => (overAt !== undefined) === isOver)
    .flatMap((notification) => notification.told ?? []);
}
