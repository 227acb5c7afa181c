import { join } from 'node:path';
import { type Measure, median } from './measure.ts';
import { rounds, syncedReport } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';
import { KEEP_ALL, startServer } from './servers.ts';

const TARGETS = 1000;
const ROUNDS = 9;

/** Does a server with a long history take longer to be ready than one that knows nothing yet? */
export const start: Measure = async ({ folder, quick, note }) => {
  const [empty, full] = [join(folder, 'empty.db'), join(folder, 'full.db')];
  await fill(empty, 0);
  const { count, seconds } = await fill(full, quick ? 100 : 2600);
  note(`${count} reports in ${seconds.toFixed(1)} s`);
  const times = { empty: [] as number[], full: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.empty.push(await msToReady(empty));
    times.full.push(await msToReady(full));
  }
  const [a, b] = [median(times.empty), median(times.full)];
  return [
    {
      what: `from start to ready: on an empty database, or on one of ${count} reports`,
      before: `${a.toFixed(0)} ms`,
      after: `${b.toFixed(0)} ms`,
      result: b / a,
      goal: { max: 1.5 },
    },
  ];
};

async function fill(path: string, depth: number) {
  const { store, close } = openScratchService(path);
  const filled = await fillStore(store, rounds({ targets: TARGETS, from: 0, to: depth }, syncedReport));
  await close();
  return filled;
}

/** Ready has a write on disk to show for it. */
async function msToReady(path: string): Promise<number> {
  const startedAt = performance.now();
  const { port, stop } = await startServer(path, KEEP_ALL);
  const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
  const ms = performance.now() - startedAt;
  await stop();
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
  return ms;
}
