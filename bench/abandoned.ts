import { setTimeout as sleep } from 'node:timers/promises';
import { type FilledFleet, RANGE } from './interference.ts';
import { Connections, wireRequest } from './load.ts';
import { type Finding, timed } from './measure.ts';
import { DAYS } from './reports.ts';
import { startServer } from './servers.ts';
import { toMs } from './units.ts';

const TIMELINES = 6;
/** How long the answers are waited for before the connections are closed. */
const PATIENCE_MS = 300;

/** Requests after that, all at once. */
const QUESTIONS = ['/metrics', '/status.json', '/'];

/** How soon are others answered after a client has asked for too much, and left? */
export async function abandoned({ path, targets }: FilledFleet): Promise<Finding[]> {
  const server = await startServer(path);
  const timeline = wireRequest({ method: 'GET', path: `/api/v1/timeline?${RANGE}`, port: server.port });
  const leaving = await Connections.open(server.port, TIMELINES);
  const timelines = leaving.send(Array.from({ length: TIMELINES }, () => timeline)).catch(() => undefined);
  await sleep(PATIENCE_MS);
  leaving.close();
  await timelines;
  const times = await Promise.all(
    QUESTIONS.map((question) => timed(() => answered(`http://127.0.0.1:${server.port}${question}`))),
  );
  await server.stop();
  return QUESTIONS.map((question, i) => ({
    what: `${question}, once ${TIMELINES} timelines of ${targets} targets over ${DAYS} days were asked for and abandoned`,
    before: '',
    after: toMs(times[i] ?? Number.NaN, 0),
    result: (times[i] ?? Number.NaN) / 1000,
    goal: { max: 2 },
  }));
}

async function answered(url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
