import { join } from 'node:path';
import { Connections } from './load.ts';
import { inTurns, type Measure } from './measure.ts';
import { postsOf } from './posts.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

const REPORTS = 1000;

/** What if a whole fleet reports at the same instant, each target by itself? */
export const burst: Measure = async ({ folder, quick }) => {
  const server = await startServer(join(folder, 'status.db'));
  const one = await Connections.open(server.port, 1);
  const each = await Connections.open(server.port, REPORTS);
  const posts = postsOf(REPORTS, server.port);
  let [array, singles]: Buffer[][] = [];
  const { a, b, ratio } = await inTurns(
    quick ? 5 : 21,
    () => one.send(array ?? []),
    () => each.send(singles ?? []),
    async () => {
      array = posts.arrays(1);
      singles = posts.singles(REPORTS);
    },
  );
  one.close();
  each.close();
  await server.stop();
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
