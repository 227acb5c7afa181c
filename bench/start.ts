import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canObserve, residentBytes } from './child.ts';
import { startFleet } from './fleet.ts';
import { type Finding, type Measure, median, type Run } from './measure.ts';
import { rounds, syncedReport } from './reports.ts';
import { fillFile } from './scratch.ts';
import { CURRENT, type Program, startServer } from './servers.ts';
import { toMiB, toMs } from './units.ts';

const TARGETS = 1000;
const ROUNDS = 9;
/** How long a server is idle before its memory is measured. */
const IDLE_MS = 3000;

/** How soon is a server ready, and what does it use while idle? */
export const start: Measure = async (run) => [...(await besideBaseline(run)), ...(await besideEmpty(run))];

/** Each has its own database of a fleet. */
async function besideBaseline({ folder, baseline }: Run): Promise<Finding[]> {
  const program = await baseline();
  if (program === undefined) return [];
  const theirs = await reportedTo(program, join(folder, 'baseline.db'));
  const ours = await reportedTo(CURRENT, join(folder, 'current.db'));
  const ready = await readyInTurns(theirs, ours);
  const findings: Finding[] = [
    {
      what: `from start to ready, ${TARGETS} targets: ${program.name}, or now`,
      ...ready,
      goal: { max: 0.65 },
    },
  ];
  if (!canObserve()) return findings;
  const [a, b] = [await idleBytes(theirs), await idleBytes(ours)];
  findings.push({
    what: `resident memory of an idle server, ${TARGETS} targets: ${program.name}, or now`,
    before: toMiB(a),
    after: toMiB(b),
    result: b / a,
    goal: { max: 0.7 },
  });
  return findings;
}

/** Does a long history delay the start? */
async function besideEmpty({ folder, quick, note }: Run): Promise<Finding[]> {
  const [empty, full] = [join(folder, 'empty.db'), join(folder, 'full.db')];
  await fillFile(empty, []);
  const { count, seconds } = await fillFile(
    full,
    rounds({ targets: TARGETS, from: 0, to: quick ? 100 : 2600 }, syncedReport),
  );
  note(`${count} reports in ${seconds.toFixed(1)} s`);
  const ready = await readyInTurns({ program: CURRENT, path: empty }, { program: CURRENT, path: full });
  return [
    {
      what: `from start to ready: on an empty database, or on one of ${count} reports`,
      ...ready,
      goal: { max: 1.5 },
    },
  ];
}

interface Side {
  readonly program: Program;
  readonly path: string;
}

async function reportedTo(program: Program, path: string): Promise<Side> {
  const { child } = await startFleet(path, { targets: TARGETS, depth: 5, program });
  await child.stop();
  return { program, path };
}

async function readyInTurns(a: Side, b: Side) {
  const times = { a: [] as number[], b: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.a.push(await msToReady(a));
    times.b.push(await msToReady(b));
  }
  const [aMs, bMs] = [median(times.a), median(times.b)];
  return { before: toMs(aMs, 0), after: toMs(bMs, 0), result: bMs / aMs };
}

/** Ready means that a write has reached the disk. */
async function msToReady({ program, path }: Side): Promise<number> {
  const startedAt = performance.now();
  const { port, stop } = await startServer(path, { program });
  const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
  const ms = performance.now() - startedAt;
  await stop();
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
  return ms;
}

async function idleBytes({ program, path }: Side): Promise<number> {
  const { pid, stop } = await startServer(path, { program });
  await sleep(IDLE_MS);
  const bytes = residentBytes(pid);
  await stop();
  return bytes;
}
