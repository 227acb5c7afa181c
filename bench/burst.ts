import { join } from 'node:path';
import { Connections } from './load.ts';
import { inTurns, type Measure } from './measure.ts';
import { postsOf } from './posts.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

const REPORTS = 1000;

/** What if a whole fleet reports at the same instant, each target by itself? */
export const burst: Measure = async ({ folder, quick }) => {
  const together = await openSide(join(folder, 'together.db'), 1);
  const apart = await openSide(join(folder, 'apart.db'), REPORTS);
  let [array, singles]: Buffer[][] = [];
  const { a, b, ratio } = await inTurns(
    quick ? 5 : 21,
    () => together.connections.send(array ?? []),
    () => apart.connections.send(singles ?? []),
    async () => {
      array = together.posts.arrays(1);
      singles = apart.posts.singles(REPORTS);
    },
  );
  for (const { server, connections } of [together, apart]) {
    connections.close();
    await server.stop();
  }
  return [
    {
      what: `${REPORTS} reports on disk: in one array, or in as many POSTs at the same instant, to the last answer`,
      before: toMs(a),
      after: toMs(b),
      result: ratio,
      goal: { max: 4 },
    },
  ];
};

async function openSide(path: string, connections: number) {
  const server = await startServer(path);
  return {
    server,
    posts: postsOf(REPORTS, server.port),
    connections: await Connections.open(server.port, connections),
  };
}
