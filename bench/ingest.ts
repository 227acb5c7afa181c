import { join } from 'node:path';
import { canObserve } from './child.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { sendAll } from './load.ts';
import type { Finding, Measure, Run } from './measure.ts';
import { postsOf } from './posts.ts';
import { pushOf, startPushgateway } from './pushgateway.ts';
import { CONNECTIONS, race } from './race.ts';
import { benchTarget } from './reports.ts';
import { startBareServer } from './servers.ts';
import { toMicros, toRate } from './units.ts';

const TARGETS = 1000;
/** Every target reports before anything is timed. */
const DEPTH = 5;

/** How many reports a second are on disk, one per POST? */
export const ingest: Measure = async (run) => {
  const ours = await startFleet(join(run.folder, 'status.db'), { targets: TARGETS, depth: DEPTH });
  const findings = [
    ...(await besideBaseline(run, ours)),
    ...(await besideBare(run, ours)),
    ...(await besidePushgateway(run, ours)),
  ];
  await ours.child.stop();
  return findings;
};

async function besideBaseline(run: Run, ours: Fleet): Promise<Finding[]> {
  const program = await run.baseline();
  if (program === undefined) return [];
  const path = join(run.folder, 'baseline.db');
  const theirs = await startFleet(path, { targets: TARGETS, depth: DEPTH, program });
  const findings = await compare(run, { name: program.name, theirs, ours, goal: { min: 0.8 } });
  await theirs.child.stop();
  return findings;
}

/** Compared with a server that stores nothing. */
async function besideBare(run: Run, ours: Fleet): Promise<Finding[]> {
  const child = await startBareServer();
  const theirs = { child, posts: postsOf(TARGETS, child.port) };
  const findings = await compare(run, { name: 'a bare Hono server', theirs, ours });
  await child.stop();
  return findings;
}

async function compare(
  { quick }: Run,
  { name, theirs, ours, goal }: { name: string; theirs: Fleet; ours: Fleet; goal?: Finding['goal'] },
): Promise<Finding[]> {
  const count = quick ? 200 : 1500;
  const racer = ({ child, posts }: Fleet) => ({ child, requests: () => posts.singles(count) });
  const { a, b } = await race(racer(theirs), racer(ours));
  const rate: Finding = {
    what: `POST/s over ${CONNECTIONS} connections, ${TARGETS} targets: ${name}, or now`,
    before: toRate(count, a.ms),
    after: toRate(count, b.ms),
    result: a.ms / b.ms,
    ...(goal && { goal }),
  };
  const cpu: Finding = {
    what: `processor time per POST: ${name}, or now`,
    before: toMicros(a.cpuMs / count),
    after: toMicros(b.cpuMs / count),
    result: b.cpuMs / a.cpuMs,
  };
  return canObserve() ? [rate, cpu] : [rate];
}

/** Compared with a server that stores everything in memory. */
async function besidePushgateway({ quick, note }: Run, ours: Fleet): Promise<Finding[]> {
  const child = await startPushgateway();
  if (child === undefined) {
    note('skipped beside Pushgateway: not installed here (prometheus-pushgateway of Debian)');
    return [];
  }
  const pushes = Array.from({ length: TARGETS }, (_, i) => pushOf(benchTarget(i), child.port));
  await sendAll(child, pushes);
  const count = quick ? { pushes: 10, posts: 200 } : { pushes: 20, posts: 1500 };
  const { a, b } = await race(
    { child, requests: () => pushes.slice(0, count.pushes) },
    { child: ours.child, requests: () => ours.posts.singles(count.posts) },
  );
  await child.stop();
  return [
    {
      what: `Pushgateway's pushes/s, in memory, or our POST/s, durable, at ${TARGETS} groups or targets`,
      before: toRate(count.pushes, a.ms),
      after: toRate(count.posts, b.ms),
      result: count.posts / b.ms / (count.pushes / a.ms),
      goal: { min: 100 },
    },
  ];
}
