import { join } from 'node:path';
import { type Child, canObserve, cpuMs } from './child.ts';
import { sendAll } from './load.ts';
import { type Finding, type Measure, type Run, WARM_UP_ROUNDS } from './measure.ts';
import { type Posts, postsOf } from './posts.ts';
import { pushOf, startPushgateway } from './pushgateway.ts';
import { CONNECTIONS, race, toRate } from './race.ts';
import { benchTarget } from './reports.ts';
import { startBareServer, startServer } from './servers.ts';

const TARGETS = 1000;
/** Reports of every target before anything is timed. */
const DEPTH = 5;
const ROUNDS = 15;

interface Side {
  readonly child: Child;
  readonly posts: Posts;
}

/** How many reports a second are on disk, one per POST, beside what keeps nothing and what keeps them in memory? */
export const ingest: Measure = async (run) => {
  const ours = sideOf(await startServer(join(run.folder, 'status.db')));
  await sendAll(ours.child, ours.posts.arrays(DEPTH));
  const findings = [...(await besideBare(run, ours)), ...(await besidePushgateway(run, ours))];
  await ours.child.stop();
  return findings;
};

async function besideBare({ quick }: Run, ours: Side): Promise<Finding[]> {
  const count = quick ? 500 : 5000;
  const bare = sideOf(await startBareServer());
  const racer = ({ child, posts }: Side) => ({ port: child.port, requests: () => posts.singles(count) });
  const posted = count * (WARM_UP_ROUNDS + ROUNDS);
  const perPost = {
    bare: microsPer(posted, bare.child),
    ours: microsPer(posted, ours.child),
  };
  const { a, b, generatorMs } = await race(ROUNDS, racer(bare), racer(ours));
  const cpu: Finding = {
    what: `processor time per POST: the bare server's, or ours (the generator's: ${toMicros(generatorMs / (2 * posted))})`,
    before: perPost.bare(),
    after: perPost.ours(),
  };
  await bare.child.stop();
  return [
    {
      what: `POST/s over ${CONNECTIONS} connections: a bare Hono server, or ours, durable, ${TARGETS} targets`,
      before: toRate(count, a),
      after: toRate(count, b),
      result: a / b,
      goal: { min: 0.6 },
    },
    ...(canObserve() ? [cpu] : []),
  ];
}

async function besidePushgateway({ quick, note }: Run, ours: Side): Promise<Finding[]> {
  const child = await startPushgateway();
  if (child === undefined) {
    note('skipped beside Pushgateway: not installed here (prometheus-pushgateway of Debian)');
    return [];
  }
  const pushes = Array.from({ length: TARGETS }, (_, i) => pushOf(benchTarget(i), child.port));
  await sendAll(child, pushes);
  const count = quick ? { pushes: 20, posts: 500 } : { pushes: 50, posts: 5000 };
  const { a, b } = await race(
    ROUNDS,
    { port: child.port, requests: () => pushes.slice(0, count.pushes) },
    { port: ours.child.port, requests: () => ours.posts.singles(count.posts) },
  );
  await child.stop();
  return [
    {
      what: `Pushgateway's pushes/s, in memory, or our POST/s, durable, at ${TARGETS} groups or targets`,
      before: toRate(count.pushes, a),
      after: toRate(count.posts, b),
      result: count.posts / b / (count.pushes / a),
      goal: { min: 100 },
    },
  ];
}

function sideOf(child: Child): Side {
  return { child, posts: postsOf(TARGETS, child.port) };
}

/** What a process will have used for each of so many requests, from now until it is asked. */
function microsPer(count: number, { pid }: Child): () => string {
  const before = cpuMs(pid);
  return () => toMicros((cpuMs(pid) - before) / count);
}

function toMicros(ms: number): string {
  return `${Math.round(ms * 1000)} µs`;
}
