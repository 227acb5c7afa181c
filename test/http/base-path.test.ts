import { once } from 'node:events';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { EventStream } from './event-stream.ts';
import { BROWSER, openPage } from './pages/page.ts';
import { aDay } from './report-day.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

const BASE = '/drift';
const LAB = '/target?repo=rsyslog&server=rsyslog-lab';

describe('below a base path', () => {
  let at: TestService;
  beforeEach(async () => {
    at = startService({ GITOPS_STATUS_BASE_PATH: BASE });
    await aDay(at);
  });

  test('every link of every page, its styles, scripts, pictures and forms are below it, and exist', async () => {
    await at.post([
      aDrift(['a b', 'ä&?#%.conf', ' href="/x"'], { server: 'other', last_check: iso(at.now) }),
      aBody({ repo: 'group/nginx', server: 'web:01@dc~1', sync_status: 'UNKNOWN', last_check: iso(at.now) }),
    ]);
    const seen = new Set([BASE, `${BASE}/`, `${BASE}/docs`, `${BASE}/target?repo=nothing`]);
    for (const path of seen) {
      const { status, html, links } = await openPage(at, path);
      expect([path, status]).toEqual([path, path.endsWith('nothing') ? 404 : 200]);
      if (!html.startsWith('<!doctype html>')) continue;
      for (const link of links.map((one) => one.replace(/#.*/, ''))) {
        if (link === '' || /^https:\/\/ci\.example\//.test(link)) continue;
        expect(link).toMatch(/^\/drift\//);
        seen.add(link);
      }
    }
    expect(seen.size).toBeGreaterThan(50);
  });

  test('a file name that looks like a link stays as it is', async () => {
    const name = 'x" href="/y';
    await at.post(aDrift([name], { last_check: iso(at.now) }));
    expect((await openPage(at, `${BASE}/file?${new URLSearchParams({ name })}`)).text).toContain(name);
  });

  test('the links in the answer of the root exist', async () => {
    for (const path of [BASE, `${BASE}/`]) {
      const { service: _, version: _version, ...index } = (await at.json(path)) as Record<string, string>;
      for (const link of Object.values(index)) {
        expect(link).toMatch(/^\/drift\//);
        expect((await at.get(link)).status).toBe(200);
      }
    }
  });

  test('reports, pushes, questions, badges, metrics and deletions are answered', async () => {
    expect((await at.post(aBody({ server: 'b' }), BASE)).status).toBe(201);
    expect((await at.post(aBody({ server: 'c' }), `${BASE}/`)).status).toBe(201);
    expect((await at.post(aBody({ server: 'd' }), `${BASE}/status.json`)).status).toBe(201);
    const push = { method: 'PUT', body: 'gitops_sync_status{} 1\n' };
    const path = `${BASE}/metrics/job/drift/repo/a%2Fb/server@base64/bGFi`;
    expect((await at.service.app.request(path, push)).status).toBe(200);
    expect(await at.json(`${BASE}/status.json?repo=a/b`)).toMatchObject([{ server: 'lab' }]);
    expect(await at.json(`${BASE}/api/v1/status`)).toHaveLength(5);
    expect(await at.json(`${BASE}/grafana/status`)).toHaveLength(5);
    expect(await (await at.get(`${BASE}/metrics`)).text()).toContain('server="rsyslog-lab"');
    expect((await at.get(`${BASE}/badge.svg?repo=rsyslog`)).headers.get('Cross-Origin-Resource-Policy')).toBe(
      'cross-origin',
    );
    const gone = `${BASE}/api/v1/targets?repo=rsyslog&server=b`;
    expect((await at.service.app.request(gone, { method: 'DELETE' })).status).toBe(200);
  });

  const addressIn = async (script: URL, address: RegExp) => {
    const [, relative = ''] = address.exec(await (await at.get(script.pathname)).text()) ?? [];
    return new URL(relative, script);
  };

  test('the event stream is there, and the script of a page finds it by its own address', async () => {
    const stream = new EventStream(await at.get(`${BASE}/api/v1/events`));
    expect(await stream.next()).toMatchObject({ event: 'reset' });
    await stream.close();
    const { links } = await openPage(at, `${BASE}/`);
    const page = new URL(links.find((link) => link.endsWith('/events.js')) ?? '', 'http://localhost');
    const worker = await addressIn(page, /new URL\(`([^$`]+)\$\{question\(\)\}`, import\.meta\.url\)/);
    const events = await addressIn(worker, /new URL\(`([^$`]+)\$\{location\.search\}`, import\.meta\.url\)/);
    expect(events.pathname).toBe(`${BASE}/api/v1/events`);
  });

  test('the documentation loads its contract from there', async () => {
    const document = (await at.json(`${BASE}/openapi.json`)) as { servers: object };
    expect(document.servers).toEqual([{ url: `http://localhost${BASE}` }]);
    const start = await (await at.get(`${BASE}/docs/start.js`)).text();
    expect(start).toContain("new URL('..', document.currentScript.src)");
  });

  test('an error has the requested path, and access is checked by the path below', async () => {
    expect((await problemOf(await at.get(`${BASE}/nope`))).detail).toBe('There is nothing at /drift/nope.');
    const guarded = startService({
      GITOPS_STATUS_BASE_PATH: BASE,
      HOST: '0.0.0.0',
      GITOPS_STATUS_ANONYMOUS: 'badges',
    });
    expect((await guarded.get(`${BASE}/status.json`)).status).toBe(401);
    expect((await guarded.get(`${BASE}/badge.svg?repo=a`)).status).toBe(200);
    expect((await guarded.get(`${BASE}/healthz`)).status).toBe(200);
  });

  test.each(['/healthz', '/readyz', '/-/healthy', '/-/ready', '/status.json', '/metrics', LAB])(
    '%s is answered without it too, with links below it',
    async (path) => {
      const answer = await at.get(path, BROWSER);
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toMatch(/(?:href|src|action)="\/(?!drift\/)/);
    },
  );

  test.each(['/driftx', '/drif', '/Drift/', '/drift/drift', '/x/drift', '/drift//status.json'])(
    '%s is not below it',
    async (path) => {
      expect((await at.get(path)).status).toBe(404);
    },
  );
});

const closings: (() => void)[] = [];
afterAll(() => {
  for (const close of closings) close();
});

/** On loopback, so that there is a peer to trust or not. It is only asked, so all tests with these settings share it. */
async function serveDay(env: Record<string, string>): Promise<string> {
  const at = startService(env);
  await aDay(at);
  const server = createAdaptorServer({ fetch: at.service.app.fetch }).listen(0, '127.0.0.1');
  closings.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  return `http://127.0.0.1:${address.port}`;
}

/** The links that leave a page: the badge to copy, the example to paste and the servers of the contract. */
async function outwardLinks(ask: (path: string) => Promise<Response>): Promise<Set<string>> {
  const page = await (await ask(LAB)).text();
  const [, badge, target] = /\[!\[drift\]\((.*?)\/badge\.svg[^)]*\)\]\((.*?)\/target/.exec(page) ?? [];
  const { servers } = (await (await ask('/openapi.json')).json()) as { servers: { url: string }[] };
  return new Set([badge ?? '', target ?? '', ...servers.map(({ url }) => url)]);
}

describe('links that readers take with them', () => {
  const served = new Map<string, Promise<string>>();
  const urlOf = (env: Record<string, string>) => {
    const settings = JSON.stringify(env);
    const url = served.get(settings) ?? serveDay(env);
    served.set(settings, url);
    return url;
  };
  const linksOf = async (env: Record<string, string>, headers: Record<string, string> = {}) => {
    const url = await urlOf(env);
    const links = await outwardLinks((path) =>
      fetch(`${url}${path}`, { headers: { ...BROWSER, ...headers } }),
    );
    return [...links].map((link) => link.replace(url, 'OWN'));
  };
  const TRUSTED = { GITOPS_STATUS_TRUSTED_PROXIES: '127.0.0.0/8 10.0.0.0/8' };
  const SAID = {
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'status.example.org',
    'X-Forwarded-Prefix': '/tools',
  };

  test.each([
    [{}, 'OWN'],
    [{ GITOPS_STATUS_BASE_PATH: '/drift' }, 'OWN/drift'],
    [{ GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org' }, 'https://status.example.org'],
    [{ GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org/drift' }, 'https://status.example.org/drift'],
    [
      { GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org', GITOPS_STATUS_BASE_PATH: '/drift' },
      'https://status.example.org/drift',
    ],
    [
      {
        GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org/tools/drift',
        GITOPS_STATUS_BASE_PATH: '/drift',
      },
      'https://status.example.org/tools/drift',
    ],
  ])('are absolute by the settings %j, whatever a request claims', async (env, expected) => {
    expect(await linksOf(env)).toEqual([expected]);
    expect(await linksOf(env, SAID)).toEqual([expected]);
    if (expected !== 'OWN' && 'GITOPS_STATUS_PUBLIC_URL' in env)
      expect(await linksOf({ ...env, ...TRUSTED }, SAID)).toEqual([expected]);
  });

  test.each<[Record<string, string>, string]>([
    [SAID, 'https://status.example.org/tools'],
    [{ 'X-Forwarded-Host': 'status.example.org:8443' }, 'http://status.example.org:8443'],
    [{ 'X-Forwarded-Host': '[fd00::1]:8443' }, 'http://[fd00::1]:8443'],
    [{ 'X-Forwarded-Prefix': '/tools/' }, 'OWN/tools'],
    [{ Forwarded: 'for=192.0.2.1;proto=https;host=status.example.org' }, 'https://status.example.org'],
    [
      { Forwarded: 'For=192.0.2.1; Proto=HTTPS; Host="status.example.org:8443"' },
      'https://status.example.org:8443',
    ],
    [{ Forwarded: 'host=evil.example, proto=https;host=status.example.org' }, 'https://status.example.org'],
    [{ Forwarded: 'host=evil.example;proto=https', ...SAID }, 'https://status.example.org/tools'],
    [{ 'X-Forwarded-Host': 'evil.example, status.example.org' }, 'http://status.example.org'],
    [
      {
        'X-Forwarded-Host': 'evil.example, status.example.org, inner.example',
        'X-Forwarded-For': '192.0.2.1, 10.0.0.1',
      },
      'http://status.example.org',
    ],
    [
      { 'X-Forwarded-Host': 'status.example.org', 'X-Forwarded-For': '192.0.2.1, 10.0.0.1' },
      'http://status.example.org',
    ],
  ])('follow a trusted proxy: %j', async (headers, expected) => {
    expect(await linksOf(TRUSTED, headers)).toEqual([expected]);
  });

  test.each<Record<string, string>>([
    { 'X-Forwarded-Host': 'evil.example"><script>' },
    { 'X-Forwarded-Host': 'evil.example/path' },
    { 'X-Forwarded-Host': 'user@evil.example' },
    { 'X-Forwarded-Host': 'status.example.org:99999' },
    { 'X-Forwarded-Host': '' },
    { 'X-Forwarded-Proto': 'javascript' },
    { 'X-Forwarded-Prefix': '//evil.example' },
    { 'X-Forwarded-Prefix': '/a/../b' },
    { 'X-Forwarded-Prefix': 'tools' },
    { Forwarded: 'host="evil example";proto=' },
    { Forwarded: ';;=,' },
  ])('are not %j, which cannot be', async (headers) => {
    expect(await linksOf(TRUSTED, headers)).toEqual(['OWN']);
  });

  test('do not follow a peer that is not trusted', async () => {
    expect(await linksOf({ GITOPS_STATUS_TRUSTED_PROXIES: '10.0.0.0/8' }, SAID)).toEqual(['OWN']);
    expect(await linksOf({}, { Forwarded: 'proto=https;host=evil.example' })).toEqual(['OWN']);
  });

  test('have the base path once, whether or not a proxy names it', async () => {
    const env = { ...TRUSTED, GITOPS_STATUS_BASE_PATH: '/drift' };
    expect(await linksOf(env, { 'X-Forwarded-Prefix': '/drift' })).toEqual(['OWN/drift']);
    expect(await linksOf(env, { 'X-Forwarded-Prefix': '/tools/drift' })).toEqual(['OWN/tools/drift']);
    expect(await linksOf(env, { 'X-Forwarded-Prefix': '/tools' })).toEqual(['OWN/tools/drift']);
  });

  test('and the links on the page itself share their path', async () => {
    const one = startService({ GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org/tools' });
    const { links, text } = await openPage(one, '/');
    for (const link of links) expect(link).toMatch(/^\/tools\/|^#/);
    expect(text).toContain("curl -sS 'https://status.example.org/tools/api/v1/reports'");
  });

  test('have a host that is then one of its own names', async () => {
    const one = startService({ GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org:8443/drift' });
    expect((await one.get('/status.json', { Host: 'status.example.org:8443' })).status).toBe(200);
    expect((await one.get('/status.json', { Host: 'evil.example' })).status).toBe(421);
  });
});
