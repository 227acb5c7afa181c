import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import { fullHistory, type HostileRequest, hostileRequests } from './hostile-requests.ts';
import { Connections, wireRequest } from './load.ts';
import type { Finding, Measure } from './measure.ts';
import { postsOf } from './posts.ts';
import { fillFile } from './scratch.ts';
import { CURRENT, type Program, startServer } from './servers.ts';
import { toMs } from './units.ts';

/** The heap of the server. */
const SMALL: Program = { ...CURRENT, flags: ['--max-old-space-size=1024'] };
/** From an answer to the next request, at nearly no load. */
const PAUSE_MS = 5;
/** How long one kind of hostile requests may go on. */
const PATIENCE_MS = 120_000;
const HONEST_TARGETS = 100;

/** How long do others wait while a client sends requests that are cheap to send and expensive to answer? */
export const hold: Measure = async ({ folder, quick, note }) => {
  const path = join(folder, 'status.db');
  const { count, seconds } = await fillFile(path, fullHistory(quick));
  note(`${count} reports in ${seconds.toFixed(1)} s`);
  const findings: Finding[] = [];
  for (const hostile of hostileRequests(quick)) {
    // Each has its own server: none has to deal with the rest of the one before.
    const server = await startServer(path, { program: SMALL });
    findings.push(toFinding(hostile, await waitsWhile(server, hostile)));
    await server.stop();
  }
  return findings;
};

interface Waits {
  readonly healthMs: number;
  readonly postMs: number;
}

function toFinding({ what }: HostileRequest, { healthMs, postMs }: Waits): Finding {
  return {
    what: `${what}: the longest wait of /healthz, and of an honest POST`,
    before: toMs(healthMs, 0),
    after: toMs(postMs, 0),
    result: Math.max(healthMs, postMs) / 1000,
    goal: { max: 1 },
  };
}

async function waitsWhile(server: Child, { prepare, send }: HostileRequest): Promise<Waits> {
  const prepared = await prepare(server.port);
  const posts = postsOf(HONEST_TARGETS, server.port);
  const health = wireRequest({ method: 'GET', path: '/healthz', port: server.port });
  const isDone = new AbortController();
  const waits = [
    longestWait(server.port, { next: () => health, until: isDone.signal }),
    longestWait(server.port, { next: () => posts.singles(1)[0] ?? health, until: isDone.signal }),
  ];
  await Promise.race([send(server.port, prepared), sleep(PATIENCE_MS)]);
  isDone.abort();
  const [healthMs = Number.NaN, postMs = Number.NaN] = await Promise.all(waits);
  return { healthMs, postMs };
}

/** The longest time of an answer until the signal; infinite if the server ended without one. */
async function longestWait(
  port: number,
  { next, until }: { next: () => Buffer; until: AbortSignal },
): Promise<number> {
  const connection = await Connections.open(port, 1);
  let longestMs = 0;
  try {
    while (!until.aborted) {
      longestMs = Math.max(longestMs, (await connection.send([next()])).elapsedMs);
      await sleep(PAUSE_MS);
    }
    return longestMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  } finally {
    connection.close();
  }
}
