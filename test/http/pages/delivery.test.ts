import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, NOON } from '../../fixtures.ts';
import { aDay } from '../report-day.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from '../service.ts';
import { BROWSER, openPage } from './page.ts';

let at: TestService;
const start = () => {
  at = startService();
};
const startDay = async () => {
  start();
  await aDay(at);
};

const LAB = '/target?repo=rsyslog&server=rsyslog-lab';

describe('the root', () => {
  beforeEach(start);

  test('is a page for a browser, and a list of links for a script', async () => {
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
  let day: TestService;
  beforeAll(async () => {
    await startDay();
    day = at;
  });

  test.each([
    '/',
    LAB,
    '/incidents',
    '/incident/1',
    '/commits',
    '/commit/abcdef0',
    '/compliance',
    '/compliance.svg',
    '/file?name=x',
    '/target?repo=a&server=b',
    '/mutes',
    '/mutes/new',
    '/mutes/1',
    LAB.replace('?', '/retire?'),
  ])('%s is never shown from a cache: that would show an old state as the present one', async (path) => {
    expect((await day.get(path, BROWSER)).headers.get('Cache-Control')).toBe('no-store');
  });

  test('has only links that exist', async () => {
    await startDay();
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

describe('a page that cannot be shown', () => {
  beforeAll(startDay);

  test.each(['/nothing', '/api/v1/nothing', '/target/x', '/mutes/x/y'])(
    '%s, an unknown path, is a page for a browser and a problem for a script',
    async (path) => {
      const page = await openPage(at, path);
      expect([page.status, page.text]).toEqual([
        404,
        expect.stringContaining(`There is nothing at ${path}.`),
      ]);
      expect(page.links).toContain('/');
      const forBrowser = await at.get(path, BROWSER);
      expect(forBrowser.headers.get('Content-Type')).toMatch(/^text\/html/);
      expect(forBrowser.headers.get('Content-Security-Policy')).toMatch(/style-src 'self'/);
      const forScript = await at.get(path);
      expect([forBrowser, forScript].map(({ headers }) => headers.get('Vary'))).toEqual(['Accept', 'Accept']);
      expect(forScript.headers.get('Content-Type')).toBe('application/problem+json');
    },
  );

  test('is not live, and has the id that leads to its log entry', async () => {
    const { html, text } = await openPage(at, '/?state=GREEN');
    expect(html).toContain('Not live');
    expect(html).not.toContain('data-live');
    expect(text).toMatch(/Request [0-9a-f-]{36}/);
    expect((await openPage(at, '/')).html).toContain('data-live');
  });

  test.each([
    ['/target?repo=rsyslog&server=nobody', 404, 'There is no target with repo=rsyslog and server=nobody.'],
    ['/?state=GREEN', 422, 'state: must be one of SYNCED, OUT_OF_SYNC, UNKNOWN, STALE'],
    [
      '/?sort=colour',
      422,
      'sort: must be one of urgency, repo, server, drift, since, checked, with or without',
    ],
    ['/?page=0', 422, 'page: must be a whole number, 1 or more'],
    ['/target?repo=nothing', 404, 'There is no target with repo=nothing.'],
    ['/target?server=nobody', 404, 'There is no target with server=nobody.'],
    ['/target?repo=a%20b', 422, 'repo: is not a valid name'],
    [`${LAB}&range=1y`, 422, 'range: must be one of 24h, 7d, 30d, 90d'],
    [`${LAB}&cursor=x`, 422, 'cursor: is not a cursor of this server: start again without it'],
    ['/commit/abcdef0', 404, 'No report of these targets names the commit abcdef0.'],
    ['/compliance?tz=Mars', 422, 'tz: Mars is not a zone of the IANA database, such as Europe/Berlin or UTC'],
    ['/compliance?month=2026-13', 422, 'month: must be a month such as 2026-11'],
    ['/compliance?month=2026-05', 422, 'month: 2026-05 has not begun yet'],
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

  test('because of an internal error says only where to look', async () => {
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

describe('a file that a page loads', () => {
  beforeEach(start);

  const assetsOf = async () => (await openPage(at, '/')).links.filter((link) => link.startsWith('/assets/'));

  test('is named by its content and cached forever', async () => {
    const assets = await assetsOf();
    expect(assets).toHaveLength(16);
    for (const asset of assets) {
      expect(asset).toMatch(
        /^\/assets\/(?:[a-z]+\.[0-9a-f]{12}\.(?:css|svg|js|woff2)|script\.[0-9a-f]{12}\/[a-z]+\.js)$/,
      );
      const plain = await at.get(asset);
      const packed = await at.get(asset, { 'Accept-Encoding': 'gzip, br' });
      expect(plain.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
      expect([plain.headers.get('Content-Encoding'), packed.headers.get('Content-Encoding')]).toEqual([
        null,
        // A font is compressed already.
        asset.endsWith('.woff2') ? null : 'gzip',
      ]);
      expect(packed.headers.get('Vary')).toBe('Accept-Encoding');
      if (asset.endsWith('.woff2')) continue;
      const unpacked = packed.body?.pipeThrough(new DecompressionStream('gzip')) ?? null;
      expect(await new Response(unpacked).text()).toBe(await plain.text());
    }
  });

  test('comes from this server, and nothing else is asked', async () => {
    for (const asset of (await assetsOf()).filter((one) => !one.endsWith('.woff2'))) {
      const text = (await (await at.get(asset)).text()).replaceAll(
        /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml)/g,
        '',
      );
      expect(text).not.toMatch(/https?:|@import|url\((?!geist(?:-mono)?\.[0-9a-f]{12}\.woff2\))/);
    }
  });

  test('has no comments', async () => {
    const texts = (await assetsOf()).filter((one) => /\.(?:css|js)$/.test(one) && !one.includes('idiomorph'));
    expect(texts.length).toBeGreaterThan(5);
    for (const asset of texts) {
      const text = await (await at.get(asset)).text();
      expect([asset, text.match(/^\s*(?:\/\/|\/\*).*/m)]).toEqual([asset, null]);
    }
  });

  test('has both fonts, beside its style', async () => {
    const style = (await assetsOf()).find((asset) => asset.endsWith('.css')) ?? '';
    const fonts = [...(await (await at.get(style)).text()).matchAll(/url\((.*?)\)/g)].map(([, font]) => font);
    expect(fonts).toHaveLength(2);
    for (const font of fonts) {
      const { status, headers } = await at.get(`/assets/${font}`);
      expect([status, headers.get('Content-Type')]).toEqual([200, 'font/woff2']);
    }
    expect(await assetsOf()).toContain(`/assets/${fonts[0]}`);
  });

  const bytesOf = async (path: string) =>
    (await (await at.get(path, { ...BROWSER, 'Accept-Encoding': 'gzip' })).arrayBuffer()).byteLength;
  /** The first view: the page, all that it loads, and what that loads. */
  const weightOf = async (path: string) => {
    const { html, links } = await openPage(at, path);
    const assets = links.filter((link) => link.startsWith('/assets/'));
    const style = await (await at.get(assets.find((asset) => asset.endsWith('.css')) ?? '')).text();
    const fonts = [...style.matchAll(/url\((.*?)\)/g)].map(([, font]) => `/assets/${font}`);
    const main = assets.find((asset) => asset.endsWith('/main.js')) ?? '';
    const later = html.includes('class="lanes"') ? ['timeline', 'between', 'cursor', 'dialog'] : [];
    const loaded = ['stream', ...later].map((name) => main.replace('main', name));
    const all = new Set([path, ...assets, ...fonts, ...loaded]);
    const bytes = await Promise.all([...all].map(bytesOf));
    return bytes.reduce((sum, one) => sum + one, 0);
  };
  const aFleetOf = async (targets: number) => {
    at.now = NOON + DAY;
    const fleet = Array.from({ length: targets }, (_, i) => {
      const target = { repo: `repo-${i % 20}`, server: `server-${i}.example.net`, commit: `c${i * 7919}` };
      const drift = ['etc/app/main.conf', `etc/app/conf.d/${i}.conf`];
      return [30, 24, 12, 6, 0.1].map((hours, n) => {
        const last_check = iso(at.now - hours * HOUR);
        const fields = { ...target, last_check, run_url: `https://ci.example/${i}/${n}` };
        return (i + n) % 5 === 0 ? aDrift(drift, fields) : aBody(fields);
      });
    }).flat();
    for (let from = 0; from < fleet.length; from += 1000) await at.post(fleet.slice(from, from + 1000));
  };

  test('weighs at most 80 kB on every page of a usual fleet, fonts and script included', async () => {
    await aFleetOf(20);
    const target = '/target?repo=repo-1&server=server-1.example.net';
    for (const path of [
      '/',
      target,
      '/incidents',
      '/incident/1',
      '/file?name=etc/app/main.conf',
      '/nothing',
    ]) {
      const weight = await weightOf(path);
      // With both fonts.
      expect(weight).toBeGreaterThan(52_000);
      expect([path, weight <= 80_000, weight]).toEqual([path, true, weight]);
    }
  });

  test('of 1,900 targets weighs at most 90 kB', async () => {
    await aFleetOf(1900);
    expect((await openPage(at, '/')).text).toContain('of 1,900 targets need someone');
    expect(await weightOf('/')).toBeLessThanOrEqual(90_000);
  });
});
