import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Ask } from '../../src/http/ask.ts';
import { takesGzip } from '../../src/http/middleware/gzip.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { BROWSER } from './pages/page.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

const GZIP = { 'Accept-Encoding': 'gzip, deflate, br' };

describe('an answer', () => {
  let at: TestService;
  beforeAll(async () => {
    at = startService();
    await at.post(
      Array.from({ length: 50 }, (_, i) => aDrift(['a', `b${i}`], { server: `s${i}`, commit: 'c0ffee' })),
    );
    at.now += MINUTE;
  });

  const LARGE = [
    '/status.json',
    '/status.json?format=csv',
    '/api/v1/status',
    '/api/v1/reports',
    '/api/v1/timeline',
    '/api/v1/incidents',
    '/api/v1/files',
    '/api/v1/compliance',
    '/api/v1/events?format=json',
    '/grafana/status',
    '/grafana/state',
    '/metrics',
    '/openapi.json',
    '/',
  ];

  test.each(LARGE)('of %s comes compressed to clients that take gzip, and is the same', async (path) => {
    const [plain, packed] = [await at.get(path, BROWSER), await at.get(path, { ...BROWSER, ...GZIP })];
    expect([plain.status, packed.status]).toEqual([200, 200]);
    expect([plain, packed].map(({ headers }) => headers.get('Content-Encoding'))).toEqual([null, 'gzip']);
    for (const { headers } of [plain, packed]) {
      expect(
        headers
          .get('Vary')
          ?.split(', ')
          .filter((one) => one === 'Accept-Encoding'),
      ).toHaveLength(1);
    }
    const [text, bytes] = [await plain.text(), Buffer.from(await packed.arrayBuffer())];
    expect(bytes.length).toBeLessThan(text.length / 2);
    // The server's own metrics count these same requests.
    const comparable = (one: string) => one.replace(/^(?:gitops_status_server|process|nodejs)_.*\n/gm, '');
    expect(comparable(gunzipSync(bytes).toString())).toBe(comparable(text));
    for (const name of ['Content-Type', 'Event-Seq', 'X-Total-Count', 'Cache-Control'])
      expect(packed.headers.get(name)).toBe(plain.headers.get(name));
  });

  test.each([
    '/status.json?limit=1',
    '/badge.json?repo=rsyslog',
    '/api/v1/timeline?repo=none',
    '/grafana/alerts?limit=1',
    '/healthz',
  ])('of %s is too small to be worth it', async (path) => {
    const answer = await at.get(path, GZIP);
    expect(answer.headers.get('Content-Encoding')).toBeNull();
    expect((await answer.text()).length).toBeGreaterThan(0);
  });

  test('without an end is not held back', async () => {
    const answer = await at.get('/api/v1/events', GZIP);
    expect([answer.headers.get('Content-Encoding'), answer.headers.get('X-Accel-Buffering')]).toEqual([
      null,
      'no',
    ]);
    await answer.body?.cancel();
  });

  test('that is refused says why, compressed or not', async () => {
    const path = `/status.json?${Array.from({ length: 60 }, (_, i) => `unheard-of-${i}=1`).join('&')}`;
    const answer = await at.get(path, GZIP);
    expect([answer.status, answer.headers.get('Content-Encoding')]).toEqual([422, 'gzip']);
    expect(gunzipSync(await answer.arrayBuffer()).toString()).toContain('unheard-of-59');
  });

  test('has a weak tag once it is compressed, and every spelling of it is known', async () => {
    const other = startService();
    await other.post(Array.from({ length: 50 }, (_, i) => aBody({ server: `s${i}` })));
    const [plain, packed] = [await other.get('/status.json'), await other.get('/status.json', GZIP)];
    const tag = plain.headers.get('ETag') ?? '';
    expect(tag).toMatch(/^"[^"]+"$/);
    expect(packed.headers.get('ETag')).toBe(`W/${tag}`);
    for (const known of [tag, `W/${tag}`, `"x", W/${tag}`, '*']) {
      for (const encoding of [{}, GZIP]) {
        const again = await other.get('/status.json', { ...encoding, 'If-None-Match': known });
        expect([again.status, await again.text()]).toEqual([304, '']);
        expect(again.headers.get('Vary')).toBe('Accept-Encoding');
        expect(again.headers.get('Content-Encoding')).toBeNull();
      }
    }
    await other.post(aBody({ server: 's0', last_check: iso(NOON + 1) }));
    expect((await other.get('/status.json', { ...GZIP, 'If-None-Match': `W/${tag}` })).status).toBe(200);
  });

  test('to HEAD has the headers of the answer to GET', async () => {
    const head = await at.service.app.request('/status.json', { method: 'HEAD', headers: GZIP });
    expect([head.status, head.headers.get('Content-Encoding'), await head.text()]).toEqual([200, 'gzip', '']);
  });
});

describe('a compressed answer', () => {
  test('is made where questions are answered, once, and cached as it is sent', async () => {
    const at = startService();
    const asked: string[] = [];
    const body = new TextEncoder().encode('compressed').buffer;
    const ask: Ask = async ({ headers }) => {
      asked.push(new Map(headers).get('accept-encoding') ?? '');
      return { status: 200, headers: [], body, reason: undefined, freshUntil: at.now + MINUTE };
    };
    const app = at.appWith({ ask });
    const encodings = ['gzip', 'gzip, deflate, br', 'br;q=1, gzip;q=0.8', 'GZIP', '*'];
    for (const encoding of encodings) {
      const answer = await app.request('/status.json', { headers: { 'Accept-Encoding': encoding } });
      expect(await answer.text()).toBe('compressed');
    }
    expect(asked).toEqual(['gzip']);
    for (const encoding of ['', 'br', 'gzip;q=0', 'identity'])
      await app.request('/status.json', { headers: { 'Accept-Encoding': encoding } });
    expect(asked).toEqual(['gzip', '']);
  });
});

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['x-gzip', true],
  ['GZip', true],
  ['deflate, gzip;q=0.5', true],
  ['br, zstd', false],
  ['gzip;q=0', false],
  ['gzip; q=0.000', false],
  ['gzip;q=0, *', false],
  ['*', true],
  ['*;q=0', false],
  ['identity;q=1, gzip;q=0.5', false],
  ['identity;q=0.5, gzip', true],
  ['gzip;q=x', false],
  ['gzipped', false],
])('Accept-Encoding %j takes gzip: %j', (header, expected) => {
  expect(takesGzip(header)).toBe(expected);
});
