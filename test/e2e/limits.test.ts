import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServerProcess } from './server-process.ts';

let folder: string;
let server: ServerProcess;
const sockets: Socket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-limits-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

const start = async (env: Record<string, string>) => {
  server = await ServerProcess.start(join(folder, 'status.db'), { env });
};

/** A connection that sends only this, and what came back until the server ended it. */
async function untilEnded(said: string): Promise<string> {
  const socket = await open();
  socket.write(said, 'latin1');
  return heardBy(socket);
}

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function heardBy(socket: Socket): Promise<string> {
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  // A reset is an end like any other.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(heard).toString();
}

const HEAD = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

describe('a slow client', () => {
  test('that sends its headers, its body or nothing in time loses its connection, and no other is affected', async () => {
    await start({ GITOPS_STATUS_REQUEST_TIMEOUT: '1s' });
    const [headers, body, chunk, nothing] = await Promise.all([
      untilEnded('GET /status.json HTTP/1.1\r\nHost: loc'),
      untilEnded(`${HEAD}Content-Length: 100\r\n\r\n{"repo":`),
      untilEnded(`${HEAD}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\x1f\x8b\r\n`),
      untilEnded(''),
    ]);
    for (const heard of [headers, body, chunk, nothing]) expect(heard).toMatch(/^HTTP\/1\.1 408 /);
    // On a busy machine this client may be slow as well.
    await expect.poll(() => server.json('/status.json')).toEqual([]);
    expect(server.log).not.toContain('request failed');
  });
});

describe('connections', () => {
  test('beyond the limit are refused until another one ends', async () => {
    await start({ GITOPS_STATUS_MAX_CONNECTIONS: '2' });
    const [first] = [await open(), await open()];
    expect(await untilEnded('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
    first.end('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await heardBy(first)).toMatch(/^HTTP\/1\.1 200 /);
    // A client may see the end of its connection before the server has room for another one.
    await expect
      .poll(() => untilEnded('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'))
      .toMatch(/^HTTP\/1\.1 200 /);
  });

  test('with too many bytes of headers end with 431', async () => {
    await start({});
    const large = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(17 * 1024)}\r\n\r\n`;
    expect(await untilEnded(large)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('an attempt with an invalid token', () => {
  const attempt = (forwardedFor: string) =>
    fetch(`${server.url}/status.json`, {
      headers: { Authorization: 'Bearer gss_nonsense', 'X-Forwarded-For': forwardedFor },
    });
  const statuses = async (forwardedFor: string, count: number) => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push((await attempt(forwardedFor)).status);
    return new Set(found);
  };
  /** A file without tokens: none is valid. */
  const guarded = () => {
    const path = join(folder, 'tokens.yaml');
    writeFileSync(path, '[]');
    return { GITOPS_STATUS_TOKENS_FILE: path };
  };

  test('counts for the client that a trusted proxy names', async () => {
    await start({ ...guarded(), GITOPS_STATUS_TRUSTED_PROXIES: '127.0.0.0/8' });
    expect(await statuses('192.0.2.1', 10)).toEqual(new Set([401]));
    expect(await statuses('203.0.113.9, 192.0.2.1', 2)).toEqual(new Set([429]));
    expect(await statuses('192.0.2.2', 1)).toEqual(new Set([401]));
    await expect.poll(() => server.log).toContain('"address":"192.0.2.1"');
  });

  test('counts for the other end of the connection, whatever it claims, if no proxy is trusted', async () => {
    await start(guarded());
    for (let i = 0; i < 10; i++) expect((await attempt(`192.0.2.${i}`)).status).toBe(401);
    expect(await statuses('192.0.2.99', 1)).toEqual(new Set([429]));
    expect(server.log).not.toContain('192.0.2');
  });

  test('is refused before its body is read', async () => {
    await start(guarded());
    const socket = await open();
    socket.write(`${HEAD}Authorization: Bearer gss_nonsense\r\nContent-Length: 1000000\r\n\r\n{`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
  });
});
