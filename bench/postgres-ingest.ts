import { join } from 'node:path';
import { type Fleet, startFleet } from './fleet.ts';
import { type Finding, type Run, WARM_UP_ROUNDS } from './measure.ts';
import type { BenchCluster, BenchDatabase } from './postgres-cluster.ts';
import { anyOrder, type Posts } from './posts.ts';
import { CONNECTIONS, type Racer, ROUNDS, race } from './race.ts';
import { startServer } from './servers.ts';
import { toMicros, toRate } from './units.ts';

/** Reports of every target before anything is timed. */
const DEPTH = 3;
const QUICK_ROUNDS = 11;
/** Arrays of a round, each of 1,000 reports. */
const ARRAYS = 5;

interface Sides {
  readonly targets: number;
  readonly sqlite: Fleet;
  readonly node: Fleet;
  readonly others: NonNullable<Racer['others']>;
  readonly database: BenchDatabase;
  readonly cluster: BenchCluster;
}

/** How many reports a second are on disk, with one node and with three? */
export async function postgresIngest(run: Run, cluster: BenchCluster): Promise<Finding[]> {
  const findings: Finding[] = [];
  const sizes = run.quick ? [100, 1000, 10_000] : [100, 1000, 100_000];
  for (const targets of sizes) {
    const database = await cluster.create(`ingest_${targets}`);
    const env = { DATABASE_URL: database.url };
    const sqlite = await startFleet(join(run.folder, `${targets}.db`), { targets, depth: DEPTH });
    const node = await startFleet('', { targets, depth: DEPTH, env });
    run.note(`${targets} targets have reported ${DEPTH} times`);
    const sides = { targets, sqlite, node, database, cluster };
    findings.push(...(await singles(run, { ...sides, others: [] })));
    if (targets === sizes.at(-1)) findings.push(await arrays(run, { ...sides, others: [] }));
    const others = [await startServer('', { env }), await startServer('', { env })];
    findings.push(...(await singles(run, { ...sides, others })));
    for (const child of [sqlite.child, node.child, ...others]) await child.stop();
    await database.close();
  }
  return findings;
}

/** One report for each POST. */
async function singles(
  { quick }: Run,
  { targets, sqlite, node, others, database, cluster }: Sides,
): Promise<Finding[]> {
  const count = quick ? 200 : 1000;
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const requests = (posts: Posts) => () => posts.singles(count, anyOrder);
  const before = { ...(await database.counters()), cpuMs: cluster.cpuMs() };
  const { a, b } = await race(
    { child: sqlite.child, requests: requests(sqlite.posts) },
    { child: node.child, others, requests: requests(node.posts) },
    { rounds },
  );
  const after = { ...(await database.counters()), cpuMs: cluster.cpuMs() };
  const posts = count * (WARM_UP_ROUNDS + rounds);
  const nodes = others.length + 1;
  const what = `${targets} targets: SQLite, or PostgreSQL with ${nodes === 1 ? '1 node' : `${nodes} nodes`}`;
  const databaseMs = (after.cpuMs - before.cpuMs) / posts;
  const hot = (after.inPlace - before.inPlace) / (after.updates - before.updates);
  return [
    {
      what: `POST/s over ${CONNECTIONS} connections, ${what}`,
      before: toRate(count, a.ms),
      after: toRate(count, b.ms),
      result: a.ms / b.ms,
      // Three nodes share the processor of this machine with the database and the load.
      ...(nodes === 1 && { goal: { min: 0.6 } }),
    },
    {
      what: `processor time per POST, and that of PostgreSQL itself, ${what}`,
      before: toMicros(a.cpuMs / count),
      after: `${toMicros(b.cpuMs / count)} + ${toMicros(databaseMs)}`,
      result: (b.cpuMs / count + databaseMs) / (a.cpuMs / count),
    },
    {
      what: `write-ahead log per report, and the share of updates in place, ${what}`,
      before: '',
      after: `${Math.round((after.walBytes - before.walBytes) / posts)} bytes`,
      result: hot,
      goal: { min: 0.95 },
    },
  ];
}

async function arrays({ quick }: Run, { targets, sqlite, node }: Sides): Promise<Finding> {
  const { a, b } = await race(
    { child: sqlite.child, requests: arraysOf(sqlite.posts) },
    { child: node.child, requests: arraysOf(node.posts) },
    { rounds: quick ? QUICK_ROUNDS : ROUNDS },
  );
  return {
    what: `reports/s in arrays of 1,000, ${ARRAYS} at the same time, ${targets} targets: SQLite, or PostgreSQL with 1 node`,
    before: toRate(ARRAYS * 1000, a.ms),
    after: toRate(ARRAYS * 1000, b.ms),
    result: a.ms / b.ms,
  };
}

/** No target is twice in a round: arrays of one round may overtake each other. */
function arraysOf(posts: Posts): () => Buffer[] {
  let left: Buffer[] = [];
  return () => {
    if (left.length < ARRAYS) left = posts.arrays(1);
    return left.splice(0, ARRAYS);
  };
}
