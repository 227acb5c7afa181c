import { join } from 'node:path';
import { Connections, wireRequest } from './load.ts';
import { type Finding, inTurns, type Measure } from './measure.ts';
import { postsOf } from './posts.ts';
import { startServer } from './servers.ts';

const PATH = '/status.json';
const ROUNDS = 41;
/** As many small answers in a row: most of a single one would be the machine waking up threads that slept meanwhile. */
const BURST = 10;

/** What does the status of a whole fleet cost, beside nothing but writing it as JSON? */
export const status: Measure = async ({ folder, quick }) => {
  const targets = quick ? 1000 : 10_000;
  const server = await startServer(join(folder, 'status.db'));
  const posts = postsOf(targets, server.port);
  const connections = await Connections.open(server.port, 1);
  await connections.send(posts.arrays(3));

  const response = await fetch(`http://127.0.0.1:${server.port}${PATH}`);
  const rows: unknown = await response.json();
  const get = wireRequest({ method: 'GET', path: PATH, port: server.port });
  const etag = response.headers.get('ETag') ?? '';
  const headers = [`If-None-Match: ${etag}`];
  const getAgain = wireRequest({ method: 'GET', path: PATH, port: server.port, headers });
  const { status: again } = await fetch(response.url, { headers: { 'If-None-Match': etag } });
  if (again !== 304) throw new Error(`${PATH} answered ${again} to its own ETag`);

  const cases = [
    { what: 'with the ETag it has', request: getAgain, times: BURST, max: 0.05 },
    { what: 'nothing new', request: get, max: 2 },
    {
      what: 'one has reported since',
      request: get,
      between: () => connections.send(posts.singles(1)),
      max: 2,
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
      what: `JSON.stringify of the status of ${targets} targets, or GET ${PATH}, ${what}`,
      before: `${a.toFixed(1)} ms`,
      after: `${(b / times).toFixed(2)} ms`,
      result: b / times / a,
      goal: { max },
    });
  }
  connections.close();
  await server.stop();
  return findings;
};
