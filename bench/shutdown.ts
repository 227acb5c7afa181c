import { setTimeout as sleep } from 'node:timers/promises';
import { type FilledFleet, RANGE } from './interference.ts';
import { Connections, wireRequest } from './load.ts';
import { type Finding, timed } from './measure.ts';
import { postsOf } from './posts.ts';
import { DAYS } from './reports.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

const TIMELINES = 6;
const REPORTERS = 64;
/** More POSTs than are answered before the server ends. */
const POSTS = 100_000;
const LOAD_MS = 1000;

/** How soon does SIGTERM end a server under full load? */
export async function shutdown({ path, targets }: FilledFleet): Promise<Finding[]> {
  const server = await startServer(path);
  const timeline = wireRequest({ method: 'GET', path: `/api/v1/timeline?${RANGE}`, port: server.port });
  const readers = await Connections.open(server.port, TIMELINES);
  const reporters = await Connections.open(server.port, REPORTERS);
  const posts = postsOf(targets, server.port).singles(POSTS);
  const load = Promise.allSettled([
    readers.send(Array.from({ length: 100 }, () => timeline)),
    reporters.send(posts),
  ]);
  await sleep(LOAD_MS);
  let code: number | null = null;
  const ms = await timed(async () => {
    code = await server.stop();
  });
  await load;
  if (code !== 0) throw new Error(`The server ended with ${code}`);
  return [
    {
      what: `from SIGTERM to the end, with ${REPORTERS} connections that POST and ${TIMELINES} that ask for timelines of ${targets} targets over ${DAYS} days`,
      before: '',
      after: toMs(ms, 0),
      result: ms / 1000,
      goal: { max: 15 },
    },
  ];
}
