import type { Child } from './child.ts';
import { Connections, sendAll, wireRequest } from './load.ts';
import { type Finding, median, quantile, type Run, timed } from './measure.ts';
import { type Posts, postsOf } from './posts.ts';
import { DAYS, END, START } from './reports.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

const CONNECTIONS = 64;
/**
 * A steady pace, that of 60,000 targets every two minutes, not as many as possible: otherwise a POST would mostly wait
 * for other POSTs.
 */
const PER_SECOND = 500;
const ROUNDS = 7;
const SECONDS_PER_ROUND = 2;

export const RANGE = `from=${START}&to=${END}`;

/** Possible questions about a whole fleet. The slowest one is asked while others report. */
const QUESTIONS = [
  `/api/v1/timeline?${RANGE}`,
  `/api/v1/timeline?format=csv&${RANGE}`,
  `/api/v1/incidents?${RANGE}`,
  `/api/v1/files?${RANGE}`,
  `/api/v1/compliance?${RANGE}`,
  `/api/v1/reports?limit=5000&${RANGE}`,
  `/grafana/state?max_points=10000&${RANGE}`,
  `/grafana/state?shape=edges&${RANGE}`,
  `/grafana/series?max_points=10000&${RANGE}`,
  `/grafana/summary?${RANGE}`,
  '/metrics',
  '/incidents?range=90d',
  '/?sort=server',
] as const;

/** A fleet with a history, in a file. */
export interface FilledFleet extends Pick<Run, 'note'> {
  readonly path: string;
  readonly targets: number;
}

/** Do POSTs have to wait for questions? */
export async function interference({ path, targets, note }: FilledFleet): Promise<Finding[]> {
  const server = await startServer(path);
  const posts = postsOf(targets, server.port);
  const question = await heaviest(server, { posts, note });
  const reader = await Connections.open(server.port, 1);
  const reporters = await Connections.open(server.port, CONNECTIONS);
  const p99 = async () => {
    const requests = posts.singles(PER_SECOND * SECONDS_PER_ROUND);
    return quantile((await reporters.pace(requests, PER_SECOND)).latenciesMs, 0.99);
  };
  const request = wireRequest({ method: 'GET', path: question, port: server.port });
  const p99WhileAsked = async () => {
    let isReporting = true;
    const asking = (async () => {
      while (isReporting) await reader.send([request]);
    })();
    const result = await p99();
    isReporting = false;
    await asking;
    return result;
  };
  const times = { idle: [] as number[], asked: [] as number[] };
  await p99();
  for (let round = 0; round < ROUNDS; round++) {
    times.idle.push(await p99());
    times.asked.push(await p99WhileAsked());
  }
  reader.close();
  reporters.close();
  await server.stop();
  const [a, b] = [median(times.idle), median(times.asked)];
  const asked = question.replace(RANGE, `${DAYS} days`);
  return [
    {
      what: `p99 of ${PER_SECOND} POST/s: idle, or while one asks ${asked} of ${targets} targets again and again`,
      before: toMs(a),
      after: toMs(b),
      result: b / a,
      goal: { max: 3 },
    },
  ];
}

/** The slowest question, each time after a new report, so that no answer comes from the cache. */
async function heaviest(
  server: Child,
  { posts, note }: { posts: Posts; note: Run['note'] },
): Promise<string> {
  let slowest = { question: '', ms: 0 };
  // The first answer also starts a worker.
  await ask(server, '/metrics');
  for (const question of QUESTIONS) {
    await sendAll(server, posts.singles(1));
    let status = 0;
    const ms = await timed(async () => {
      status = await ask(server, question);
    });
    note(`${question.replace(RANGE, `${DAYS} days`)}: ${status} after ${ms.toFixed(0)} ms`);
    // A question that is refused as too large does not count.
    if (status === 200 && ms > slowest.ms) slowest = { question, ms };
  }
  return slowest.question;
}

async function ask({ port }: Child, path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  await response.arrayBuffer();
  return response.status;
}
