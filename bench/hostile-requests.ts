import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { RANGE } from './interference.ts';
import { lateBodies, neverSynced } from './late.ts';
import { wireRequest } from './load.ts';
import { postOf } from './posts.ts';
import { driftOf, type PastReport, syncedReport } from './reports.ts';

/** A request that is cheap to send. */
export interface HostileRequest {
  readonly what: string;
  /** What exists before others are timed, such as open streams. */
  prepare(port: number): Promise<readonly Socket[]>;
  send(port: number, prepared: readonly Socket[]): Promise<unknown>;
}

const MIB = 1024 * 1024;
const TARGETS = 1000;
/** How long an endless request goes on. */
const SPAN_MS = 5000;
const LATE_TARGET = TARGETS;

const sizes = (quick: boolean) => ({
  depth: quick ? 6000 : 60_000,
  periods: quick ? 10 : 60,
  lists: quick ? 200 : 2000,
});

/** A target with many periods, a fleet with some, and incidents with file lists of 64 KiB each. */
export function* fullHistory(quick: boolean): Generator<PastReport, void> {
  const { depth, periods, lists } = sizes(quick);
  for (let tick = 0; tick < depth; tick++) yield neverSynced(LATE_TARGET, tick);
  for (let target = 0; target < TARGETS; target++) {
    for (let tick = 0; tick < periods; tick++) yield neverSynced(target, tick);
  }
  for (let i = 0; i < lists; i++) {
    const target = LATE_TARGET + 1 + (i % 20);
    const tick = 2 * Math.floor(i / 20);
    const names = Array.from({ length: 16 }, (_, file) => `${i}-${file}-${'x'.repeat(4000)}`);
    yield { ...syncedReport(target, tick), finding: driftOf(...names) };
    yield syncedReport(target, tick + 1);
  }
}

export function hostileRequests(quick: boolean): readonly HostileRequest[] {
  const { depth } = sizes(quick);
  return [
    simple('a push of 80,000 digits that are no number', (port) =>
      together(port, 4, (at) =>
        wireRequest(
          { method: 'PUT', path: '/metrics/job/drift/repo/hold/server/a', port: at, type: 'text/plain' },
          `gitops_sync_status ${'1'.repeat(80_000)}x\n`,
        ),
      ),
    ),
    simple('9 kB of gzip: 400 reports with 10,000 wrong files each', (port) =>
      together(port, 4, (at) =>
        zipped(
          `[${Array(400)
            .fill(`{"files":[${zeros(10_000)}]}`)
            .join(',')}]`,
          at,
        ),
      ),
    ),
    simple('a valid body of 8 MiB', (port) => together(port, 4, (at) => postOf(largeBody(), at))),
    simple('1,000 late reports', (port) =>
      together(port, 1, (at) =>
        postOf(lateBodies({ target: LATE_TARGET, depth, syncStatus: 'OUT_OF_SYNC' }), at),
      ),
    ),
    simple(`a timeline of ${TARGETS} targets with limit=1, 20 times`, (port) =>
      together(port, 20, (at) => get(`/api/v1/timeline?limit=1&${RANGE}`, at)),
    ),
    simple('the incidents with long file lists, in 4 ways', (port) =>
      Promise.all(
        ['/api/v1/incidents', '/grafana/incidents', '/api/v1/files', '/grafana/annotations'].map((path) =>
          together(port, 2, (at) => get(`${path}?${RANGE}`, at)),
        ),
      ),
    ),
    {
      what: '500 state changes to 1,000 event streams',
      prepare: (port) => Promise.all(Array.from({ length: 1000 }, () => openStream(port))),
      async send(port, streams) {
        for (let i = 0; i < 500; i++) await exchange(port, postOf(aChange(i), port));
        for (const stream of streams) stream.destroy();
      },
    },
    simple('200 clients that ask for /readyz without pause', (port) =>
      Promise.all(Array.from({ length: 200 }, () => withoutPause(port, get('/readyz', port)))),
    ),
    simple('200 bodies that lack a byte', (port) =>
      Promise.all(Array.from({ length: 200 }, () => lackingAByte(port))),
    ),
  ];
}

function simple(what: string, send: (port: number) => Promise<unknown>): HostileRequest {
  return { what, prepare: async () => [], send };
}

function get(path: string, port: number): Buffer {
  return wireRequest({ method: 'GET', path, port, headers: ['Accept: application/json'] });
}

function zeros(count: number): string {
  return new Array(count).fill(0).join(',');
}

function zipped(body: string, port: number): Buffer {
  const bytes = gzipSync(body);
  const headers = ['Content-Encoding: gzip', `Content-Length: ${bytes.length}`];
  const head = wireRequest({
    method: 'POST',
    path: '/api/v1/reports',
    port,
    type: 'application/json',
    headers,
  });
  return Buffer.concat([head, bytes]);
}

/** A thousand reports with a hundred files each. */
function largeBody(): object[] {
  const name = 'x'.repeat(65);
  return Array.from({ length: 1000 }, (_, i) => ({
    repo: 'hold-large',
    server: `s${i}`,
    sync_status: 'OUT_OF_SYNC',
    files: Array.from({ length: 100 }, (_, file) => ({ name: `${file}${name}` })),
    last_check: new Date(Date.now() - 1000).toISOString(),
  }));
}

/** In sync and drifted by turns. */
function aChange(i: number): object {
  const drift =
    i % 2 === 0 ? { sync_status: 'SYNCED' } : { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }] };
  const last_check = new Date(Date.now() - 60_000 + i).toISOString();
  return { repo: 'hold-changes', server: 'a', ...drift, last_check };
}

/** Sends this many at once, each on its own connection, until all are answered or refused. */
function together(port: number, count: number, request: (port: number) => Buffer): Promise<unknown> {
  const bytes = request(port);
  return Promise.all(Array.from({ length: count }, () => exchange(port, bytes)));
}

/** Resolves once the server closes the connection, for any answer. */
function exchange(port: number, request: Buffer): Promise<void> {
  const [head = '', ...rest] = request.toString('latin1').split('\r\n');
  const closing = Buffer.from([head, 'Connection: close', ...rest].join('\r\n'), 'latin1');
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(closing));
    socket.on('data', () => undefined);
    socket.once('error', () => resolve());
    socket.once('close', () => resolve());
  });
}

/** A client that accepts everything. */
function openStream(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(get('/api/v1/events', port)));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      resolve(socket);
    });
  });
}

/** Asks again after each answer. */
async function withoutPause(port: number, request: Buffer): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port }, () => socket.write(request));
  socket.on('error', () => undefined);
  socket.on('data', () => socket.write(request));
  await sleep(SPAN_MS);
  socket.destroy();
}

async function lackingAByte(port: number): Promise<void> {
  const headers = [`Content-Length: ${7 * MIB}`];
  const head = wireRequest({
    method: 'POST',
    path: '/api/v1/reports',
    port,
    type: 'application/json',
    headers,
  });
  const socket = connect({ host: '127.0.0.1', port }, () => {
    socket.write(head);
    socket.write(LACKING);
  });
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  await sleep(2 * SPAN_MS);
  socket.destroy();
}

const LACKING = Buffer.alloc(7 * MIB - 1, ' ');
