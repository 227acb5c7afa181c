import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream } from '../test/http/event-stream.ts';
import type { Child } from './child.ts';
import { Connections } from './load.ts';
import { type Finding, median, quantile, type Run } from './measure.ts';
import type { BenchCluster } from './postgres-cluster.ts';
import { postOf } from './posts.ts';
import { benchTarget } from './reports.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

/** From the answer to a report until a listener has its event: of the same server, or of another node. */
export async function postgresEvents({ folder, quick }: Run, cluster: BenchCluster): Promise<Finding[]> {
  const database = await cluster.create('events');
  const env = { DATABASE_URL: database.url };
  const alone = await startServer(join(folder, 'events.db'));
  const node = await startServer('', { env });
  const other = await startServer('', { env });
  const events = quick ? 20 : 100;
  const here = await delays(alone, alone, { events, target: 0 });
  const same = await delays(node, node, { events, target: 0 });
  const atOtherNode = await delays(node, other, { events, target: 1 });
  for (const child of [alone, node, other]) await child.stop();
  await database.close();
  return [
    {
      what: 'an event, from the answer to its report to a listener: of the server on SQLite, or of the node on PostgreSQL',
      before: toMs(median(here)),
      after: toMs(median(same)),
    },
    {
      what: 'an event, from the answer to its report to a listener of another node: the median, or 99 of 100',
      before: toMs(median(atOtherNode), 0),
      after: toMs(quantile(atOtherNode, 0.99), 0),
      result: quantile(atOtherNode, 0.99) / 1000,
      goal: { max: 1 },
    },
  ];
}

/** Milliseconds, of so many events; below 0 if the event was there before the answer. */
async function delays(
  from: Child,
  to: Child,
  { events, target }: { events: number; target: number },
): Promise<number[]> {
  const stream = new EventStream(await fetch(`http://127.0.0.1:${to.port}/api/v1/events`));
  const connection = await Connections.open(from.port, 1);
  const times: number[] = [];
  // The stream begins with a reset.
  await stream.next();
  for (let i = 0; i < events; i++) {
    const isSynced = i % 2 === 0;
    const body = {
      ...benchTarget(target),
      sync_status: isSynced ? 'SYNCED' : 'OUT_OF_SYNC',
      last_check: new Date().toISOString(),
    };
    const told = untilTold(stream, i === 0 ? 'target_added' : 'state_changed');
    await connection.send([postOf(body, from.port)]);
    const answeredAt = performance.now();
    times.push((await told) - answeredAt);
    // At any moment between two looks of the other node.
    await sleep(Math.random() * 300);
  }
  connection.close();
  await stream.close();
  return times;
}

async function untilTold(stream: EventStream, kind: string): Promise<number> {
  for (;;) {
    const event = await stream.next();
    if (event === undefined) throw new Error('The stream has ended.');
    if (event.event === kind) return performance.now();
  }
}
