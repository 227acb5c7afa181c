import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, NOON } from '../../fixtures.ts';
import { aDay } from '../a-day.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from '../service.ts';
import { BROWSER, openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const LAB = '/target?repo=rsyslog&server=rsyslog-lab';

describe('the root', () => {
  test('is a page for a browser, and where everything is for a script', async () => {
    expect((await at.get('/', BROWSER)).headers.get('Content-Type')).toMatch(/^text\/html/);
    for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }]) {
      const answer = await at.get('/', headers);
      expect(answer.headers.get('Vary')).toMatch(/^Accept(?:,|$)/);
      const { service, version, ...index } = (await answer.json()) as Record<string, string>;
      expect([service, version]).toEqual(['gitops-status-server', '0.0.0-test']);
      for (const path of Object.values(index)) expect((await at.get(path)).status).toBe(200);
    }
  });
});

describe('every page', () => {
  test.each([
    '/',
    LAB,
    '/incidents',
    '/file?name=x',
    '/target?repo=a&server=b',
    '/mutes',
    '/mutes/new',
    '/mutes/1',
    LAB.replace('?', '/retire?'),
  ])('%s is never shown from a cache: it would call in sync what was', async (path) => {
    await aDay(at);
    expect((await at.get(path, BROWSER)).headers.get('Cache-Control')).toBe('no-store');
  });

  test('leads only to what is there', async () => {
    await aDay(at);
    await at.post([
      aDrift(['a b', 'ä&?#%.conf', '../x'], { server: 'other', last_check: iso(at.now) }),
      aBody({ repo: 'group/nginx', server: 'web:01@dc~1', sync_status: 'UNKNOWN', last_check: iso(at.now) }),
    ]);
    const seen = new Set(['/']);
    for (const path of seen) {
      const { status, links } = await openPage(at, path);
      expect([path, status]).toEqual([path, 200]);
      for (const link of links.map((one) => one.replace(/#.*/, ''))) {
        if (link.startsWith('/') && !link.startsWith('/docs/')) seen.add(link);
      }
    }
    expect(seen.size).toBeGreaterThan(50);
  });
});

describe('what cannot be shown', () => {
  beforeEach(() => aDay(at));

  test.each([
    ['/target?repo=rsyslog&server=nobody', 404, 'There is no target with repo=rsyslog and server=nobody.'],
    ['/?state=GREEN', 422, 'state: must be one of SYNCED, OUT_OF_SYNC, UNKNOWN, STALE'],
    [
      '/?sort=colour',
      422,
      'sort: must be one of urgency, repo, server, drift, since, checked, or one of them',
    ],
    ['/?page=0', 422, 'page: must be a whole number from 1 on'],
    ['/target?repo=nothing', 404, 'There is no target with repo=nothing.'],
    ['/target?server=nobody', 404, 'There is no target with server=nobody.'],
    ['/target?repo=a%20b', 422, 'repo: is not a name'],
    [`${LAB}&range=1y`, 422, 'range: must be one of 24h, 7d, 30d, 90d'],
    [`${LAB}&cursor=x`, 422, 'cursor: is not a cursor that this server gave out: start again without it'],
    ['/incidents?cause=me', 422, 'cause: must be one of host_changed, commit_not_applied, unknown'],
    ['/file', 422, 'name: is required'],
    ['/assets/style.css', 404, 'There is nothing at /assets/style.css.'],
  ])('%s is %d in the same words for people and for scripts', async (path, status, words) => {
    const page = await openPage(at, path);
    expect([page.status, page.text]).toEqual([status, expect.stringContaining(words)]);
    if (path.startsWith('/?')) return;
    expect(await problemOf(await at.get(path))).toMatchObject({
      status,
      detail: expect.stringContaining(words),
    });
  });

  test('by a fault of ours says no more than where to look', async () => {
    const logged: object[] = [];
    const app = at.appWith({
      log: { debug() {}, info() {}, error: (fields) => logged.push(fields) },
      store: { ...at.service.store, statuses: () => Promise.reject(new Error('SELECT secret FROM inside')) },
    });
    const answer = await app.request('/', { headers: BROWSER });
    const html = await answer.text();
    expect(answer.status).toBe(500);
    expect(html).not.toContain('secret');
    expect(logged).toMatchObject([{ err: { message: 'SELECT secret FROM inside' } }]);
    const [first] = logged as { request_id: string }[];
    expect(html).toContain(`<code>${first?.request_id}</code>`);
  });
});

describe('what a page loads', () => {
  const assetsOf = async () => (await openPage(at, '/')).links.filter((link) => link.startsWith('/assets/'));

  test('is named by its content and kept for good', async () => {
    const assets = await assetsOf();
    expect(assets).toHaveLength(10);
    for (const asset of assets) {
      expect(asset).toMatch(
        /^\/assets\/(?:[a-z]+\.[0-9a-f]{12}\.(?:css|svg)|script\.[0-9a-f]{12}\/[a-z]+\.js)$/,
      );
      const plain = await at.get(asset);
      const packed = await at.get(asset, { 'Accept-Encoding': 'gzip, br' });
      expect(plain.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
      expect([plain.headers.get('Content-Encoding'), packed.headers.get('Content-Encoding')]).toEqual([
        null,
        'gzip',
      ]);
      expect(packed.headers.get('Vary')).toBe('Accept-Encoding');
      const unpacked = packed.body?.pipeThrough(new DecompressionStream('gzip')) ?? null;
      expect(await new Response(unpacked).text()).toBe(await plain.text());
    }
  });

  test('comes from here, and asks nobody else for anything', async () => {
    for (const asset of await assetsOf()) {
      const text = (await (await at.get(asset)).text()).replaceAll(
        /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml)/g,
        '',
      );
      expect(text).not.toMatch(/https?:|@import|url\(/);
    }
  });

  test('of a thousand targets weighs at most 60 kB, its script included', async () => {
    at.now = NOON + DAY;
    const fleet = Array.from({ length: 1000 }, (_, i) => {
      const target = { repo: `repo-${i % 20}`, server: `server-${i}.example.net`, commit: `c${i * 7919}` };
      const drift = ['etc/app/main.conf', `etc/app/conf.d/${i}.conf`];
      return [30, 24, 18, 12, 6, 1, 0.1].map((hours, n) => {
        const fields = {
          ...target,
          last_check: iso(at.now - hours * HOUR),
          run_url: `https://ci.example/${i}/${n}`,
        };
        return (i + n) % 3 === 0 ? aDrift(drift, fields) : aBody(fields);
      });
    }).flat();
    for (let from = 0; from < fleet.length; from += 1000) await at.post(fleet.slice(from, from + 1000));
    const packed = async (path: string) =>
      (await (await at.get(path, { ...BROWSER, 'Accept-Encoding': 'gzip' })).arrayBuffer()).byteLength;
    const bytes = await Promise.all(['/', ...(await assetsOf())].map(packed));
    const total = bytes.reduce((sum, one) => sum + one, 0);
    expect((await openPage(at, '/')).rowsOf('Targets')).toHaveLength(100);
    expect(total).toBeGreaterThan(3000);
    expect(total).toBeLessThanOrEqual(60_000);
  });
});
