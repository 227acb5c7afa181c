import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postReport } from '../e2e/faults/answers.ts';
import { until } from '../e2e/faults/until.ts';
import { ServerProcess } from '../e2e/server-process.ts';

// Requests that no client library sends.

const MAX_ANSWER_BYTES = 64 * 1024;
const DEADLINE_MS = 60_000;
const QUIET_MS = 500;

let folder: string;
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-wire-'));
  server = await ServerProcess.start(join(folder, 'status.db'));
});
afterAll(async () => {
  await server.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

function open(): Socket {
  return connect(Number(new URL(server.url).port), '127.0.0.1');
}

/** Sends some bytes, and reads until there are `answers`, the server closes, or it clearly waits for more. */
function exchange(bytes: Buffer, answers = 1): Promise<string> {
  return new Promise((resolve) => {
    const socket = open();
    let received = '';
    // If it is cut off while it sends, a client may see a reset instead of the answer.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(received));
    socket.setTimeout(answers > 1 ? DEADLINE_MS : QUIET_MS, () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
      if (statusesIn(received).length >= answers) socket.end();
    });
    socket.write(bytes);
  });
}

function statusesIn(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function isWell(): Promise<boolean> {
  return (await fetch(`${server.url}/healthz`)).ok;
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const JSON_POST = 'POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const REPORT = '{"repo":"broken","server":"lab","sync_status":"SYNCED","last_check":"2026-01-01T00:00:00Z"}';
const withLength = (body: string) => latin1(`${JSON_POST}Content-Length: ${body.length}\r\n\r\n${body}`);

describe('broken HTTP is refused or cut off, and other clients do not notice', () => {
  test.each<[what: string, bytes: Buffer]>([
    ['a body that is not UTF-8', withLength('{"repo":"\xff\xfe\xc3("}')],
    ['a body that is cut within a character', withLength('{"repo":"\xe2\x82')],
    ['UTF-16', withLength('\xff\xfe{\0"\0a\0"\0:\x001\0}\0')],
    ['a length that is no number', latin1(`${JSON_POST}Content-Length: many\r\n\r\n${REPORT}`)],
    ['a negative length', latin1(`${JSON_POST}Content-Length: -1\r\n\r\n${REPORT}`)],
    ['an endless length', latin1(`${JSON_POST}Content-Length: ${'9'.repeat(40)}\r\n\r\n${REPORT}`)],
    ['two lengths', latin1(`${JSON_POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${REPORT}`)],
    ['less than it promised', latin1(`${JSON_POST}Content-Length: 500\r\n\r\n${REPORT}`)],
    [
      'a length and chunks',
      latin1(`${JSON_POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    ],
    [
      'chunks of no size',
      latin1(`${JSON_POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n${REPORT}\r\n0\r\n\r\n`),
    ],
    [
      'a chunk of endless size',
      latin1(`${JSON_POST}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n${REPORT}`),
    ],
    ['chunks without an end', latin1(`${JSON_POST}Transfer-Encoding: chunked\r\n\r\n5b\r\n${REPORT}\r\n`)],
    ['an unknown transfer encoding', latin1(`${JSON_POST}Transfer-Encoding: rot13\r\n\r\n${REPORT}`)],
    [
      'a packed body',
      latin1(`${JSON_POST}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00`),
    ],
    [
      'a huge header',
      latin1(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ${'x'.repeat(200_000)}\r\n\r\n`),
    ],
    ['5,000 headers', latin1(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${'A: b\r\n'.repeat(5000)}\r\n`)],
    ['a huge path', latin1(`GET /${'x'.repeat(200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)],
    [
      'a huge query',
      latin1(`GET /status.json?repo=${'x,'.repeat(7000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    ],
    ['a header without a name', latin1('GET /healthz HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n')],
    ['a NUL in a header', latin1('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n')],
    ['a folded header', latin1('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n')],
    ['no host', latin1('GET /healthz HTTP/1.1\r\n\r\n')],
    ['two hosts', latin1('GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n')],
    ['a host that is none', latin1('GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n')],
    ['a host with a path', latin1('GET /healthz HTTP/1.1\r\nHost: localhost/../x?#@y\r\n\r\n')],
    ['another scheme', latin1('GET ftp://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    [
      'a path out of the house',
      latin1('GET /docs/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ],
    [
      'an encoded path out',
      latin1('GET /docs/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ],
    ['a NUL in the path', latin1('GET /docs/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a path that is not ASCII', latin1('GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a path that is another host', latin1('GET //evil.example/a HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['no path', latin1('GET  HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a star', latin1('OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['an unknown method', latin1('DRIFT /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['TRACE', latin1('TRACE /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['CONNECT', latin1('CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    [
      'an upgrade',
      latin1('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    ],
    [
      'a GET with a body',
      latin1(`GET /status.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}`),
    ],
    ['an expectation', latin1(`${JSON_POST}Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}`)],
    ['a version of the future', latin1('GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n')],
    ['half a request', latin1('GET /heal')],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['noise', randomBytes(10_000)],
    ['nothing', Buffer.alloc(0)],
  ])('%s', async (_, bytes) => {
    const answer = await exchange(bytes);

    expect(statusesIn(answer).filter((status) => status >= 500)).toEqual([]);
    expect(answer.length).toBeLessThan(MAX_ANSWER_BYTES);
    expect(answer).not.toMatch(/root:|SQLITE_|node_modules/);
    expect(await isWell()).toBe(true);
    expect(await server.json('/api/v1/reports?repo=broken&from=2020-01-01T00:00:00Z')).toMatchObject({
      rows: [],
    });
  });
});

test('requests that do not wait for answers are answered one after the other', async () => {
  const request =
    'GET /status.json?nope=1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const answer = await exchange(latin1(request.repeat(50)), 100);
  expect(statusesIn(answer)).toEqual(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 422 : 200)));
});

test('slow clients hold up no others, and their unfinished requests are not recorded', async () => {
  const dribblers = Array.from({ length: 200 }, (_, i) => {
    const socket = open().on('error', () => {});
    socket.write(
      `${JSON_POST}${i % 2 === 0 ? `Content-Length: ${REPORT.length}\r\n\r\n${REPORT.slice(0, -1)}` : ''}`,
    );
    return socket;
  });
  try {
    await until('the number of connections is limited', () =>
      dribblers.every(({ connecting }) => !connecting),
    );
    const answer = await postReport(server);
    expect(answer.status).toBe(201);
    expect(await isWell()).toBe(true);
  } finally {
    for (const socket of dribblers) socket.destroy();
  }
  expect(await server.json('/api/v1/reports?repo=broken&from=2020-01-01T00:00:00Z')).toMatchObject({
    rows: [],
  });
});
