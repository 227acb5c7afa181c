import { join } from 'node:path';
import { DAYS, END, thinHistory } from './eventful-history.ts';
import { Connections, wireRequest } from './load.ts';
import { type Measure, median, quantile } from './measure.ts';
import { postsOf } from './posts.ts';
import { START } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';
import { KEEP_ALL, startServer } from './servers.ts';

const CONNECTIONS = 64;
/**
 * A steady pace, that of 60,000 targets every two minutes, rather than as fast as they are answered: then a POST
 * would mostly wait for other POSTs.
 */
const PER_SECOND = 500;
const ROUNDS = 7;
const SECONDS_PER_ROUND = 2;

const RANGE = `from=${START}&to=${END}`;

/** What may be asked of a whole fleet at once: the one that takes longest is what reports have to live with. */
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

/** Does who reports have to wait for who asks? */
export const readInterference: Measure = async ({ folder, quick, note }) => {
  const targets = quick ? 100 : 1000;
  const path = join(folder, 'status.db');
  await fill(path, targets);
  const server = await startServer(path, KEEP_ALL);
  const posts = postsOf(targets, server.port);
  const reader = await Connections.open(server.port, 1);
  const heaviest = await heaviestOf(reader, server.port);
  note(`GET ${heaviest.question} takes longest: ${heaviest.ms.toFixed(0)} ms`);
  const reporters = await Connections.open(server.port, CONNECTIONS);
  const p99 = async () => {
    const requests = posts.singles(PER_SECOND * SECONDS_PER_ROUND);
    return quantile((await reporters.pace(requests, PER_SECOND)).latenciesMs, 0.99);
  };
  const p99WhileAsked = async () => {
    let isReporting = true;
    const asking = (async () => {
      while (isReporting) await reader.send([heaviest.request]);
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
  return [
    {
      what: `p99 of ${PER_SECOND} POST/s: idle, or while one asks ${heaviest.question.replace(RANGE, '…')} of ${targets} targets over ${DAYS} days again and again`,
      before: `${a.toFixed(1)} ms`,
      after: `${b.toFixed(1)} ms`,
      result: b / a,
      goal: { max: 5 },
    },
  ];
};

/** A month in which much happens. Questions are answered from what happened, however often it was said. */
async function fill(path: string, targets: number): Promise<void> {
  const { store, close } = openScratchService(path);
  await fillStore(store, thinHistory(targets));
  await close();
}

async function heaviestOf(reader: Connections, port: number) {
  const asked = [];
  for (const question of QUESTIONS) {
    const request = wireRequest({ method: 'GET', path: question, port });
    await reader.send([request]);
    asked.push({ question, request, ms: (await reader.send([request])).elapsedMs });
  }
  return asked.reduce((heaviest, one) => (one.ms > heaviest.ms ? one : heaviest));
}
