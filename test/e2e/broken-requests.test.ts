import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { problem } from '../../src/http/schemas/problem.ts';
import { ServerProcess } from './server-process.ts';

let folder: string;
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-broken-'));
  server = await ServerProcess.start(join(folder, 'status.db'), {
    env: { GITOPS_STATUS_REQUEST_TIMEOUT: '1s', GITOPS_STATUS_MAX_HEADER_SIZE: '8KiB' },
  });
});
afterAll(async () => {
  await server.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** The bytes that came back until the server ended the connection. */
async function heard(bytes: string, from = server): Promise<string> {
  const { hostname, port } = new URL(from.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

async function countOf(status: number): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const line = new RegExp(`^gitops_status_server_broken_requests_total\\{status="${status}"\\} (\\d+)$`, 'm');
  return Number(line.exec(metrics)?.[1] ?? 0);
}

describe('a request that never reaches the app', () => {
  test.each([
    ['no HTTP', 'nonsense\r\n\r\n', 400, 'is not HTTP/1.1'],
    ['a length that is no number', `${POST}Content-Length: many\r\n\r\n`, 400, 'is not HTTP/1.1'],
    ['a length twice', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'is not HTTP/1.1'],
    ['a broken header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n', 400, 'is not HTTP/1.1'],
    ['TLS', '\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03', 400, 'looks like TLS'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'is not HTTP/1.1'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'needs a Host header'],
    ['a Host that is none', 'GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n', 400, 'no usable URL or Host'],
    ['broken chunks', `${CHUNKED}zz\r\n`, 400, 'is not HTTP/1.1'],
    ['chunks of many extensions', `${CHUNKED}1;${'x'.repeat(20_000)}\r\n`, 413, 'too many extensions'],
    ['slow headers', 'GET / HTTP/1.1\r\nHost: loc', 408, 'did not arrive in time'],
    ['a slow body', `${POST}Content-Length: 9\r\n\r\n{`, 408, 'did not arrive in time'],
    [
      'large headers',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(9000)}\r\n\r\n`,
      431,
      'GITOPS_STATUS_MAX_HEADER_SIZE',
    ],
    ['a large URL', `GET /?${'x'.repeat(200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'too large'],
    [
      'an expectation',
      'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: 200-maybe\r\n\r\n',
      417,
      'does not support the header Expect (200-maybe)',
    ],
  ])('because of %s gets the reason, and is logged and counted', async (_, bytes, status, detail) => {
    const before = await countOf(status);
    const answer = await heard(bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
    expect(head).toMatch(/^connection: close/im);
    expect(problem.parse(JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)))).toMatchObject(
      {
        status,
        detail: expect.stringContaining(detail),
      },
    );
    await expect.poll(() => countOf(status)).toBeGreaterThan(before);
    const lines = server.log.split('\n').filter((line) => line.includes('request broken'));
    expect(lines.some((line) => line.includes(`"status":${status}`) && line.includes(detail))).toBe(true);
  });

  test('is answered once, even if it is all that a client sends', async () => {
    const before = await countOf(400);
    const answer = await heard(`nonsense\r\n\r\n${'more nonsense\r\n'.repeat(10_000)}`);
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(await countOf(400)).toBe(before + 1);
  });

  test('is answered after one that was answered, too', async () => {
    const answer = await heard('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n\r\n');
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  test('is not logged if nothing was sent on an open connection', async () => {
    const lines = () => server.log.match(/"status":408.*request broken/g)?.length;
    const before = lines();
    expect(await heard('')).toMatch(/^HTTP\/1\.1 408 /);
    expect(lines()).toBe(before);
  });
});

describe('a probe by HTTP/1.0, which has no Host,', () => {
  const paths = ['/healthz', '/-/healthy', '/readyz', '/-/ready'];
  test.each(paths.flatMap((path) => ['GET', 'HEAD', 'OPTIONS'].map((method) => [method, path])))(
    'is answered 200: %s %s',
    async (method, path) => {
      expect(await heard(`${method} ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.[01] 200 /);
    },
  );

  test('is answered 200 even by a server that listens for others', async () => {
    const env = {
      HOST: '0.0.0.0',
      GITOPS_STATUS_ANONYMOUS: 'badges',
      GITOPS_STATUS_ALLOWED_HOSTS: 'a.example',
    };
    const exposed = await ServerProcess.start(join(folder, 'exposed.db'), { env });
    onTestFinished(async () => void (await exposed.stop('SIGKILL')));
    expect(await heard('OPTIONS /healthz HTTP/1.0\r\n\r\n', exposed)).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(await heard('GET /status.json HTTP/1.0\r\n\r\n', exposed)).toMatch(/^HTTP\/1\.[01] 401 /);
  });
});

describe('an idle connection', () => {
  const keepAliveOf = async (of: ServerProcess) =>
    (await fetch(`${of.url}/healthz`)).headers.get('Keep-Alive');

  test('stays open for more than two minutes, unless the settings say otherwise', async () => {
    expect(await keepAliveOf(server)).toBe('timeout=180');
    const patient = await ServerProcess.start(join(folder, 'patient.db'), {
      env: { GITOPS_STATUS_KEEP_ALIVE: '11m' },
    });
    onTestFinished(async () => void (await patient.stop('SIGKILL')));
    expect(await keepAliveOf(patient)).toBe('timeout=660');
  });
});
