import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atFullLength } from '../../full-length.ts';
import { NotifyReceiver, notifyEnv, type WebhookMessage } from '../notify-receiver.ts';
import { postReport } from '../scratch.ts';
import { ServerProcess } from '../server-process.ts';
import { withFolder } from './folder.ts';
import { expectSound } from './kept.ts';
import { until } from './until.ts';

const ROUNDS = atFullLength(50, { otherwise: 3 });
/** A group waits for 15 s; the rest is for a busy machine. */
const WITHIN = { withinMs: 180_000 };

test(`killed ${ROUNDS} times between sending and storing that, nothing is lost, and at most one repeat of each comes`, () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const receiver = await NotifyReceiver.start();
    const env = notifyEnv(path, { hook: receiver.url });
    let server = await ServerProcess.start(path, { env });
    const killedBy: WebhookMessage[] = [];
    const servers = Array.from({ length: ROUNDS }, (_, i) => `s${i}`);
    try {
      const killed = new Promise<void>((resolve) => {
        let isKilling = false;
        receiver.onMessage = (message, answer) => {
          const isRepeat = killedBy.some(({ id }) => id === message.id);
          if (isRepeat || isKilling || killedBy.length === ROUNDS) return answer();
          isKilling = true;
          killedBy.push(message);
          // The message has arrived; whether the server still learns of it differs.
          if (killedBy.length % 2 === 0) answer();
          void (async () => {
            await server.stop('SIGKILL');
            server = await ServerProcess.start(path, { env });
            isKilling = false;
            if (killedBy.length === ROUNDS) resolve();
          })();
        };
      });
      // Each has its own cause, and so its own message.
      for (const name of servers) await postReport(server.url, name, driftOf(name));
      await until('nobody was told', () => killedBy.length > 0, WITHIN);
      await killed;
      const told = () => new Set(receiver.received.flatMap((message) => message.servers));
      await until(
        'something was lost',
        () => told().size === ROUNDS && repeatsAreOver(receiver, killedBy),
        WITHIN,
      );
    } finally {
      await server.stop('SIGKILL');
      receiver.close();
    }
    const arrivals = countById(receiver.received);
    expect(arrivals.size).toBe(ROUNDS);
    expect(Math.max(...arrivals.values())).toBeLessThanOrEqual(2);
    expect(receiver.received.every(({ phase }) => phase === 'opened')).toBe(true);
    await expectSound(path);
  }));

function driftOf(name: string) {
  return { sync_status: 'OUT_OF_SYNC', files: [{ name: `${name}.conf` }], stale_after_s: 86_400 };
}

/** A message whose sender was killed before it had the answer comes again. */
function repeatsAreOver({ received }: NotifyReceiver, killedBy: readonly WebhookMessage[]): boolean {
  const arrivals = countById(received);
  const unanswered = killedBy.filter((_, i) => i % 2 === 0);
  return unanswered.every(({ id }) => (arrivals.get(id) ?? 0) >= 2);
}

function countById(messages: readonly WebhookMessage[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { id } of messages) found.set(id, (found.get(id) ?? 0) + 1);
  return found;
}
