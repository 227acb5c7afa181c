import { join } from 'node:path';
import { startFleet } from './fleet.ts';
import { Connections, wireRequest } from './load.ts';
import { type Finding, inTurns, type Measure } from './measure.ts';
import { toMs } from './units.ts';

const PATH = '/status.json';
const ROUNDS = 41;
/** Small answers are requested in a row: a single one would mostly measure how fast an idle thread wakes up. */
const BURST = 10;

/** What does the status of a whole fleet cost, compared with only writing it as JSON? */
export const status: Measure = async ({ folder, quick }) => {
  const targets = quick ? 1000 : 10_000;
  const { child, posts } = await startFleet(join(folder, 'status.db'), { targets, depth: 3 });
  const url = `http://127.0.0.1:${child.port}${PATH}`;
  const response = await fetch(url);
  const rows: unknown = await response.json();
  const etag = response.headers.get('ETag') ?? '';
  const { status: again } = await fetch(url, { headers: { 'If-None-Match': etag } });
  if (again !== 304) throw new Error(`${PATH} answered ${again} to its own ETag`);

  const connections = await Connections.open(child.port, 1);
  const get = (...headers: string[]) => wireRequest({ method: 'GET', path: PATH, port: child.port, headers });
  const cases = [
    { what: 'nothing new, with the ETag', request: get(`If-None-Match: ${etag}`), times: BURST, max: 0.05 },
    { what: 'nothing new', request: get(), max: 2 },
    {
      what: 'one has reported since',
      request: get(),
      between: () => connections.send(posts.singles(1)),
      max: 6,
    },
  ];
  const findings: Finding[] = [];
  for (const { what, request, times = 1, between, max } of cases) {
    const requests = Array.from({ length: times }, () => request);
    const { a, b } = await inTurns(
      ROUNDS,
      async () => JSON.stringify(rows),
      () => connections.send(requests),
      between,
    );
    findings.push({
      what: `JSON.stringify of the status of ${targets} targets, or GET ${PATH}: ${what}`,
      before: toMs(a),
      after: toMs(b / times, 2),
      result: b / times / a,
      goal: { max },
    });
  }
  connections.close();
  await child.stop();
  return findings;
};
