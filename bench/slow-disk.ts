import { join } from 'node:path';
import { healthWhile } from './asking.ts';
import { Connections } from './load.ts';
import { type Finding, type Measure, quantile } from './measure.ts';
import { postsOf } from './posts.ts';
import { CURRENT, canSlowDisk, type Program, startServer } from './servers.ts';
import { toMs } from './units.ts';

const FLUSH_MS = 20;
const CONNECTIONS = 64;
const PER_SECOND = 200;
const TARGETS = 1000;

/** How long do answers take if every flush to the disk takes 20 ms more? */
export const slowDisk: Measure = async ({ folder, quick, note, baseline }) => {
  if (!canSlowDisk()) {
    note('skipped: strace is not installed here, or may not trace');
    return [];
  }
  const seconds = quick ? 3 : 15;
  const before = await baseline();
  const theirs = before && (await latencies(before, { path: join(folder, 'baseline.db'), seconds }));
  const ours = await latencies(CURRENT, { path: join(folder, 'current.db'), seconds });
  const lineOf = (side: 'post' | 'health', share: number, name: string): Finding => ({
    what: `flushes that take ${FLUSH_MS} ms more, ${PER_SECOND} POST/s: ${name}, ${before?.name ?? 'no baseline'}, or now`,
    before: theirs ? toMs(quantile(theirs[side], share)) : '',
    after: toMs(quantile(ours[side], share)),
  });
  return [
    lineOf('post', 0.5, 'median of POST'),
    lineOf('post', 0.99, 'p99 of POST'),
    lineOf('health', 0.5, 'median of /healthz'),
    lineOf('health', 0.99, 'p99 of /healthz'),
  ];
};

async function latencies(program: Program, { path, seconds }: { path: string; seconds: number }) {
  const server = await startServer(path, { program, flushDelayMs: FLUSH_MS });
  const posts = postsOf(TARGETS, server.port);
  const reporters = await Connections.open(server.port, CONNECTIONS);
  await reporters.send(posts.arrays(1));
  let post: readonly number[] = [];
  const { latenciesMs: health } = await healthWhile(server.port, async () => {
    post = (await reporters.pace(posts.singles(PER_SECOND * seconds), PER_SECOND)).latenciesMs;
  });
  reporters.close();
  await server.stop();
  return { post, health };
}
