import { expect, onTestFinished, test } from 'vitest';
import { EventStream } from '../http/event-stream.ts';
import { Balancer, type NodeName } from '../proxies/balancer.ts';
import { missing as isWithout } from '../proxies/tools.ts';
import { missing, theCluster } from '../store/postgres-database.ts';
import { expectExactlyOnce, expectFolded } from './faults/kept.ts';
import { Load } from './faults/load.ts';
import { until } from './faults/until.ts';
import { ServerProcess } from './server-process.ts';

/** Each with a request in flight, and the next one as soon as it is answered. */
const CONNECTIONS = 4;

test.skipIf(missing !== undefined || isWithout('haproxy'))(
  'three nodes are replaced under load, and one is killed: no report gets an error, and nothing is lost or told twice',
  async () => {
    const cluster = await theCluster();
    const env = { DATABASE_URL: cluster.url, GITOPS_STATUS_SHUTDOWN_DELAY: '2s' };
    const start = async () => {
      const node = await ServerProcess.start('', { env });
      onTestFinished(async () => void (await node.stop('SIGKILL')));
      return node;
    };
    const nodes = { one: await start(), two: await start(), three: await start() };
    const balancer = await Balancer.start(nodes);
    onTestFinished(() => balancer.stop());
    await until('not all nodes are ready', () => balancer.areAllReady());

    const load = new Load(balancer, { repo: 'fleet' });
    const running = load.run(CONNECTIONS);
    const listener = listen(balancer.url);
    for (const name of ['one', 'two', 'three'] satisfies NodeName[]) {
      await answered(load, 50);
      expect(await nodes[name].stop()).toBe(0);
      nodes[name] = await start();
      await balancer.move(name, nodes[name]);
      await until('not all nodes are ready again', () => balancer.areAllReady());
    }
    await answered(load, 50);
    // Nothing had to be sent once more, as nothing was sent to a node that had stopped.
    expect(await balancer.troubles()).toEqual({ wretr: 0, wredis: 0, econ: 0, eresp: 0 });

    await nodes.two.stop('SIGKILL');
    await answered(load, 200);
    load.stop();
    await running;

    const statuses = new Set(load.outcomes.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 201)).toEqual([]);
    await expectExactlyOnce(nodes.one, 'fleet', load);
    await expectFolded(await cluster.open({ now: Date.now }));
    const told = await everyEvent(nodes.one);
    await until('not every event was told', () => listener.ids.includes(told.at(-1) ?? 0));
    expect(listener.ids).toEqual(told);
    expect(listener.streams()).toBeGreaterThan(1);
  },
);

/** Resolves once so many more requests are answered. */
async function answered(load: Load, more: number): Promise<void> {
  const before = load.outcomes.length;
  await until('no requests are answered', () => load.outcomes.length >= before + more);
}

/** Follows the events as a browser does: when a stream ends it opens another one, after the last event that it has. */
function listen(url: string) {
  const ids: number[] = [];
  const leaving = new AbortController();
  let streams = 0;
  const following = (async () => {
    while (!leaving.signal.aborted) {
      const headers = { 'Last-Event-ID': String(ids.at(-1) ?? 0) };
      const asked = fetch(`${url}/api/v1/events`, { headers, signal: leaving.signal });
      const answer = await asked.catch(() => undefined);
      // After a broken connection and after 503 it comes back, as the guide says.
      if (answer?.ok !== true) {
        await answer?.body?.cancel();
        continue;
      }
      streams++;
      const stream = new EventStream(answer);
      // A node that is killed breaks its streams.
      const next = () => stream.next().catch(() => undefined);
      for (let event = await next(); event !== undefined; event = await next()) ids.push(Number(event.id));
    }
  })();
  onTestFinished(async () => {
    leaving.abort();
    await following;
  });
  return { ids, streams: () => streams };
}

async function everyEvent(node: ServerProcess): Promise<number[]> {
  const seqs: number[] = [];
  for (let after = 0; ; ) {
    const page = (await node.json(`/api/v1/events?format=json&limit=1000&after=${after}`)) as {
      rows: { seq: number }[];
      next: number;
    };
    if (page.next === after) return seqs;
    seqs.push(...page.rows.map(({ seq }) => seq));
    after = page.next;
  }
}
