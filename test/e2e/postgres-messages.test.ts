import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { atFullLength } from '../full-length.ts';
import { missing, theCluster } from '../store/postgres-database.ts';
import { until } from './faults/until.ts';
import { NotifyReceiver, notifyEnv } from './notify-receiver.ts';
import { postReport, scratch } from './scratch.ts';
import type { ServerProcess } from './server-process.ts';

const FROZEN = atFullLength([12], { otherwise: [] });
/** A group waits for 15 s, a lease for another 15; the rest is for a busy machine. */
const WITHIN = { withinMs: 180_000 };

const driftOf = (name: string) => ({
  repo: name,
  sync_status: 'OUT_OF_SYNC',
  files: [{ name: `${name}.conf` }],
});

/** Several servers on one database, all with the same channel. */
async function scene() {
  const { url } = await theCluster();
  const { at, serve } = scratch();
  const receiver = await NotifyReceiver.start();
  onTestFinished(() => receiver.close());
  const env = { DATABASE_URL: url, ...notifyEnv(at('status.db'), { hook: receiver.url }) };
  const opened = (name: string) =>
    receiver.received.filter(({ phase, repo }) => phase === 'opened' && repo === name).length;
  const start = () => serve('', { env });
  return {
    receiver,
    opened,
    start,
    servers: await Promise.all([start(), start(), start()]),
    told: (name: string) => until(`nobody was told of ${name}`, () => opened(name) > 0, WITHIN),
  };
}

const NOTHING_WAITS = /^gitops_notifications_oldest_unsent_seconds\{channel="hook"\} 0$/m;

const metricsOf = async ({ url }: ServerProcess) => (await fetch(`${url}/metrics`)).text();

/** Of those that run. */
async function holderOf(servers: readonly ServerProcess[], name: string): Promise<ServerProcess> {
  let holders: ServerProcess[] = [];
  await until(
    `not one has the lease ${name}`,
    async () => {
      const texts = await Promise.all(servers.map(metricsOf));
      holders = servers.filter((_, i) =>
        texts[i]?.includes(`gitops_status_server_lease_held{name="${name}"} 1`),
      );
      return holders.length === 1;
    },
    WITHIN,
  );
  return holders[0] as ServerProcess;
}

describe.skipIf(missing !== undefined)(
  `messages of three servers on one PostgreSQL (${missing ?? ''})`,
  () => {
    test('are sent once, whichever are reported to, and whichever end', async () => {
      const { servers, receiver, opened, told } = await scene();
      const [one, two, three] = servers as [ServerProcess, ServerProcess, ServerProcess];
      await holderOf(servers, 'jobs');
      const first = await holderOf(servers, 'messages');
      await postReport(one.url, 'a', driftOf('alpha'));
      await postReport(two.url, 'b', driftOf('beta'));
      await postReport(three.url, 'c', driftOf('gamma'));
      for (const name of ['alpha', 'beta', 'gamma']) await told(name);

      // One that is killed before it has noted that it sent a message leaves it to be sent again.
      await until(
        'a message is not noted as sent',
        async () => NOTHING_WAITS.test(await metricsOf(one)),
        WITHIN,
      );
      await first.stop('SIGKILL');
      const left = servers.filter((server) => server !== first);
      const [some] = left as [ServerProcess];
      await postReport(some.url, 'd', driftOf('delta'));
      await told('delta');
      const second = await holderOf(left, 'messages');

      expect(await second.stop()).toBe(0);
      const [last] = left.filter((server) => server !== second) as [ServerProcess];
      await postReport(last.url, 'e', driftOf('epsilon'));
      await told('epsilon');

      // The end of each problem is told after everything about it.
      const all = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
      for (const [i, repo] of all.entries()) await postReport(last.url, 'abcde'.charAt(i), { repo });
      const resolved = () => receiver.received.filter(({ phase }) => phase === 'resolved');
      await until('not every resolve came', () => resolved().length >= all.length, WITHIN);
      expect(all.map(opened)).toEqual(all.map(() => 1));
      expect(new Set(resolved().map(({ repo }) => repo))).toEqual(new Set(all));
      expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2 * all.length);
    });

    test.each(FROZEN)('are sent once, also if the one that sends is frozen %i times', async (rounds) => {
      const { servers, receiver, opened, told } = await scene();
      for (let round = 0; round < rounds; round++) {
        const frozen = await holderOf(servers, 'messages');
        const others = servers.filter((server) => server !== frozen);
        const name = `r${round}`;
        await postReport(frozen.url, 'a', driftOf(name));
        // Sometimes it has taken the problem in, and sometimes it was about to send.
        await sleep(Math.random() * 18_000);
        process.kill(frozen.pid, 'SIGSTOP');
        await holderOf(others, 'messages');
        await told(name);
        process.kill(frozen.pid, 'SIGCONT');
      }
      const names = Array.from({ length: rounds }, (_, round) => `r${round}`);
      const last = 'after';
      await postReport(servers[0]?.url ?? '', 'a', driftOf(last));
      await told(last);
      expect(names.map(opened)).toEqual(names.map(() => 1));
      expect(receiver.received).toHaveLength(rounds + 1);
    });
  },
);
