import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { createAdaptorServer } from '@hono/node-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RunningServer } from '../grafana/running-server.ts';
import { aBody, problemOf, startService } from './service.ts';

describe('the requested host, if only this machine can reach the server,', () => {
  const at = startService({ HOST: '127.0.0.2', GITOPS_STATUS_ALLOWED_HOSTS: 'drift.example, [fd00::1]' });
  const ask = (host: string, path = '/status.json') => at.get(path, { Host: host });

  test.each([
    ['localhost:8080'],
    ['LOCALHOST'],
    ['127.0.0.1:8080'],
    ['127.0.0.2'],
    ['[::1]:8080'],
    ['drift.example'],
    ['Drift.Example:443'],
    ['[fd00::1]:8080'],
  ])('%s is one of its own', async (host) => {
    expect((await ask(host)).status).toBe(200);
  });

  test.each([
    ['evil.example'],
    ['localhost.evil.example'],
    ['evil.example:8080'],
    ['127.0.0.1.evil.example'],
    ['xdrift.example'],
    ['10.0.0.1'],
    ['[fd00::2]'],
    [''],
  ])('%s is not: a page cannot rebind it to loopback', async (host) => {
    expect(await problemOf(await ask(host))).toMatchObject({
      status: 421,
      detail: expect.stringContaining('GITOPS_STATUS_ALLOWED_HOSTS'),
    });
    expect((await at.post(aBody(), undefined, { Host: host })).status).toBe(421);
    expect((await ask(host, '/healthz')).status).toBe(200);
  });

  test('may be any elsewhere, unless the settings name some', async () => {
    const env = { HOST: '0.0.0.0', GITOPS_STATUS_ANONYMOUS: 'read' };
    expect((await startService(env).get('/status.json', { Host: 'any.example' })).status).toBe(200);
    const named = startService({ ...env, GITOPS_STATUS_ALLOWED_HOSTS: 'drift.example' });
    expect((await named.get('/status.json', { Host: 'any.example' })).status).toBe(421);
    expect((await named.get('/status.json', { Host: 'drift.example' })).status).toBe(200);
  });
});

describe('a page of another origin', () => {
  const at = startService();
  const from = { Origin: 'https://evil.example' };

  test('is allowed nothing: no answer has a CORS header, not even to a preflight', async () => {
    const preflight = await at.service.app.request('/api/v1/reports', {
      method: 'OPTIONS',
      headers: {
        ...from,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    const answers = [
      preflight,
      await at.get('/status.json', from),
      await at.get('/nope', from),
      await at.post(aBody(), '/', from),
    ];
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect(preflight.ok).toBe(false);
  });

  test.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    [''],
  ])('cannot post a report as %j, which needs no preflight', async (type) => {
    for (const path of ['/api/v1/reports', '/status.json', '/']) {
      const answer = await at.post(aBody(), path, { ...from, 'Content-Type': type });
      expect(await problemOf(answer)).toMatchObject({ status: 403 });
      // An old browser may not say from which page it sends.
      const silent = await at.post(aBody(), path, { 'Content-Type': type });
      expect(await problemOf(silent)).toMatchObject({ status: 415 });
    }
  });
});

describe('the browser policy of an answer', () => {
  const at = startService();
  const headersOf = async (path: string, headers = {}) => (await at.get(path, headers)).headers;
  const policyOf = async (path: string) => (await headersOf(path)).get('Content-Security-Policy');

  test.each([
    ['/status.json'],
    ['/nope'],
    ['/docs'],
    ['/'],
    ['/metrics'],
    ['/badge.svg?repo=a'],
    ['/status.json?state=x'],
  ])('is sent with %s', async (path) => {
    const headers = await headersOf(path);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    // With no-referrer, browsers send the forms of a page with `Origin: null`.
    expect(headers.get('Referrer-Policy')).toBe(path === '/' ? 'same-origin' : 'no-referrer');
    expect(headers.get('Content-Security-Policy')).toMatch(/frame-ancestors 'none'; base-uri 'none'/);
    expect(headers.get('X-Powered-By')).toBe(null);
    expect(headers.get('Strict-Transport-Security')).toBe(null);
  });

  test('is sent over the wire, even with a 304', async () => {
    const server = await RunningServer.start();
    onTestFinished(() => server.stop());
    const tag = (await fetch(`${server.url}/status.json`)).headers.get('ETag') ?? '';
    for (const [path, status] of [
      ['/status.json', 304],
      ['/nope', 404],
      ['/docs', 200],
      ['/docs/swagger-ui.css', 200],
    ] as const) {
      const { status: found, headers } = await fetch(`${server.url}${path}`, {
        headers: { 'If-None-Match': tag },
      });
      expect(found).toBe(status);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Content-Security-Policy')).toMatch(/^default-src '\w+'; .*frame-ancestors 'none'/);
    }
  });

  test('is sent once over the wire', async () => {
    const server = createAdaptorServer({ fetch: at.service.app.fetch });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    // Twice, because the second status comes from the cache.
    for (const path of ['/status.json', '/status.json', '/healthz']) {
      const { headers } = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; [^,]*$/);
    }
  });

  test('shows it and runs only files from here, never a script inside it', async () => {
    for (const path of ['/', '/docs', '/incidents']) {
      expect(await policyOf(path)).toMatch(/default-src 'self'; script-src 'self';/);
    }
    expect(await policyOf('/status.json')).toMatch(/^default-src 'none';/);
    expect(await policyOf('/openapi.json')).toMatch(/^default-src 'none';/);
    const page = await (await at.get('/docs')).text();
    expect(page.match(/<script(?! (?:type="module" |defer="" )?src=)|<style| style=| on\w+=/g)).toBe(null);
  });

  test('lets other pages load no part of it, except for a badge', async () => {
    expect((await headersOf('/status.json')).get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    expect((await headersOf('/badge.svg?repo=a')).get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
  });
});

describe('a compressed body', () => {
  const at = startService({ GITOPS_STATUS_MAX_REPORT_SIZE: '1KiB', GITOPS_STATUS_MAX_BATCH_SIZE: '2KiB' });
  const post = async (body: Buffer, path: string, headers: Record<string, string> = {}) =>
    at.service.app.request(path, {
      method: 'POST',
      headers: { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json', ...headers },
      body: new Uint8Array(body),
    });
  const push = (body: Buffer, headers = {}) =>
    post(body, '/metrics/job/drift', { 'Content-Type': 'text/plain', ...headers });
  const json = (value: unknown) => gzipSync(JSON.stringify(value));

  test('is recorded as it was before compression', async () => {
    expect((await post(json(aBody({ server: 'a' })), '/')).status).toBe(201);
    expect((await push(gzipSync('gitops_sync_status{repo="r",server="b"} 1\n'))).status).toBe(200);
    expect(await at.json('/status.json')).toMatchObject([{ server: 'b' }, { server: 'a' }]);
  });

  test('may be several gzip members one after the other, as in RFC 1952', async () => {
    const body = JSON.stringify(aBody({ server: 'parts' }));
    const parts = [body.slice(0, 20), body.slice(20)].map((part) => gzipSync(part));
    expect((await post(Buffer.concat(parts), '/')).status).toBe(201);
  });

  test('is recorded over the wire, whether its length is declared or not', async () => {
    const server = await RunningServer.start();
    onTestFinished(() => server.stop());
    for (const [name, body] of [
      ['declared', new Uint8Array(json(aBody({ server: 'declared' })))],
      ['streamed', Readable.toWeb(Readable.from([json(aBody({ server: 'streamed' }))]))],
    ] as const) {
      const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' };
      const answer = await fetch(server.url, { method: 'POST', headers, body, duplex: 'half' });
      expect(await answer.json()).toMatchObject({ server: name, recorded: 'new' });
    }
  });

  test('may be as large as any other once it is inflated, and not a byte larger', async () => {
    const size = 1024;
    const bare = JSON.stringify(aBody({ note: '' })).length;
    const ofSize = (bytes: number) => json(aBody({ note: 'x'.repeat(bytes - bare) }));
    expect((await post(ofSize(size), '/')).status).toBe(201);
    expect((await post(ofSize(size + 1), '/')).status).toBe(413);
  });

  test('that is a bomb is stopped at the limit: this one has no end', async () => {
    for (const [path, type] of [
      ['/api/v1/reports', 'application/json'],
      ['/metrics/job/drift', 'text/plain'],
    ] as const) {
      const bomb = Readable.from(zerosWithoutEnd()).pipe(createGzip());
      const init = {
        method: 'POST',
        headers: { 'Content-Type': type, 'Content-Encoding': 'gzip' },
        body: Readable.toWeb(bomb),
        duplex: 'half' as const,
      };
      const detail = expect.stringContaining('after decompression');
      expect(await problemOf(await at.service.app.request(path, init))).toMatchObject({
        status: 413,
        detail,
      });
    }
  });

  test.each([
    ['of nothing', Buffer.alloc(0)],
    ['of something else', Buffer.from('{"repo":"rsyslog"}')],
    ['that ends too soon', json(aBody()).subarray(0, 40)],
  ])('%s is refused in words', async (_, body) => {
    expect(await problemOf(await post(body, '/'))).toMatchObject({
      status: 415,
      detail: expect.stringMatching(/Content-Encoding says gzip, but the body is not: \w/),
    });
  });

  test('in another encoding is refused, and the answer names the accepted one', async () => {
    const answer = await post(json(aBody()), '/', { 'Content-Encoding': 'br' });
    expect(answer.headers.get('Accept-Encoding')).toBe('gzip');
    expect(await problemOf(answer)).toMatchObject({ status: 415, detail: expect.stringContaining('gzip') });
  });

  test('from a browser is refused by the text path, like any other', async () => {
    const body = gzipSync('gitops_sync_status{repo="r",server="x"} 1\n');
    expect((await push(body, { Origin: 'null' })).status).toBe(403);
  });
});

function* zerosWithoutEnd() {
  for (;;) yield Buffer.alloc(64 * 1024);
}
