import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../e2e/faults/until.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { EventStream } from '../http/event-stream.ts';
import { BROWSER } from '../http/pages/page.ts';
import { HAPROXY, NGINX, type ProxyKind, ProxyProcess, shippedSite } from './proxy-process.ts';
import { Relay } from './relay.ts';
import { missing } from './tools.ts';

interface Setup {
  readonly name: string;
  readonly kind: ProxyKind;
  readonly env: Readonly<Record<string, string>>;
  readonly site: (listen: number, upstream: string) => string;
  /** The address that clients use. */
  readonly path: string;
  /** The start of absolute links; `PROXY` stands for its address. */
  readonly publicUrl: string;
  /** Whether the proxy reuses a connection to the server. */
  readonly reuses: boolean;
}

const TRUSTED = { GITOPS_STATUS_TRUSTED_PROXIES: '127.0.0.1' };

const NGINX_SETUPS: readonly Setup[] = [
  {
    name: 'nginx as it comes, which tells the server nothing',
    kind: NGINX,
    env: { GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org' },
    site: (listen, upstream) =>
      `server { listen 127.0.0.1:${listen}; location / { proxy_pass http://${upstream}; } }`,
    path: '',
    publicUrl: 'https://status.example.org',
    reuses: false,
  },
  {
    name: 'nginx that removes a prefix and names it',
    kind: NGINX,
    env: TRUSTED,
    site: (listen, upstream) => `server {
      listen 127.0.0.1:${listen};
      location /tools/drift/ {
        proxy_pass http://${upstream}/;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Prefix /tools/drift;
      }
    }`,
    path: '/tools/drift',
    publicUrl: 'PROXY/tools/drift',
    reuses: false,
  },
  {
    name: 'nginx as documented',
    kind: NGINX,
    env: { ...TRUSTED, GITOPS_STATUS_BASE_PATH: '/drift' },
    site: (listen, upstream) => shippedSite('nginx.conf', { listen, upstream }),
    path: '/drift',
    publicUrl: 'PROXY/drift',
    reuses: true,
  },
];

const HAPROXY_SETUPS: readonly Setup[] = [
  {
    name: 'HAProxy as it comes, which passes the name on',
    kind: HAPROXY,
    env: {},
    site: (listen, upstream) => `listen web\n  bind 127.0.0.1:${listen}\n  server one ${upstream} check\n`,
    path: '',
    publicUrl: 'PROXY',
    reuses: true,
  },
  {
    name: 'HAProxy that removes a prefix and names it',
    kind: HAPROXY,
    env: TRUSTED,
    site: (listen, upstream) => `listen web
  bind 127.0.0.1:${listen}
  http-request set-header X-Forwarded-Prefix /tools/drift
  http-request replace-path /tools/drift(/)?(.*) /\\2
  server one ${upstream} check
`,
    path: '/tools/drift',
    publicUrl: 'PROXY/tools/drift',
    reuses: true,
  },
  {
    name: 'HAProxy as documented',
    kind: HAPROXY,
    env: { ...TRUSTED, GITOPS_STATUS_BASE_PATH: '/drift' },
    site: (listen, upstream) => shippedSite('haproxy.cfg', { listen, upstream }),
    path: '/drift',
    publicUrl: 'PROXY/drift',
    reuses: true,
  },
];

describe.skipIf(missing('nginx')).each(NGINX_SETUPS)('behind $name', behind);
describe.skipIf(missing('haproxy')).each(HAPROXY_SETUPS)('behind $name', behind);

function behind(setup: Setup): void {
  let folder: string;
  let server: ServerProcess;
  let relay: Relay;
  let proxy: ProxyProcess;
  let base: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-proxied-'));
    server = await ServerProcess.start(join(folder, 'status.db'), { env: setup.env });
    relay = await Relay.to(server.url);
    proxy = await ProxyProcess.start(setup.kind, (listen) => setup.site(listen, relay.host));
    base = proxy.url + setup.path;
    // A proxy may first check that the server is there.
    await until('the proxy reaches the server', async () => (await fetch(`${base}/healthz`)).status === 200);
    await post([aReport('first')]);
  });
  afterAll(async () => {
    await proxy?.stop();
    await relay?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const aReport = (name: string, fields: object = {}) => ({
    repo: 'web',
    server: name,
    sync_status: 'SYNCED',
    last_check: new Date().toISOString(),
    ...fields,
  });
  const post = (reports: readonly object[], headers: Record<string, string> = {}) => {
    const body = JSON.stringify(reports);
    return fetch(`${base}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: headers['Content-Encoding'] === 'gzip' ? gzipSync(body) : body,
    });
  };

  test('every page and everything that it loads are there, and absolute links lead back', async () => {
    const target = '/target?repo=web&server=first';
    for (const path of ['/', target, '/incidents', '/docs', '/target?repo=web']) {
      const answer = await fetch(base + path, { headers: BROWSER });
      const html = await answer.text();
      expect([path, answer.status]).toEqual([path, 200]);
      for (const [, link = ''] of html.matchAll(/ (?:href|src|action)="(\/[^"#]*)"/g)) {
        expect(link).toMatch(new RegExp(`^${setup.path}/`));
        const loaded = await fetch(proxy.url + link.replaceAll('&amp;', '&'), { headers: BROWSER });
        await loaded.arrayBuffer();
        expect([link, loaded.status]).toEqual([link, 200]);
      }
    }
    const badge = `${setup.publicUrl.replace('PROXY', proxy.url)}/badge.svg`;
    expect(await (await fetch(base + target)).text()).toContain(`[![drift](${badge}?`);
    const contract = await (await fetch(`${base}/openapi.json`)).json();
    expect(contract).toMatchObject({ servers: [{ url: setup.publicUrl.replace('PROXY', proxy.url) }] });
  });

  test('reports arrive, plain and compressed, with the right answers', async () => {
    expect((await post([aReport('plain')])).status).toBe(201);
    expect((await post([aReport('packed')], { 'Content-Encoding': 'gzip' })).status).toBe(201);
    const refused = await post([aReport('bad', { last_check: 'soon' })]);
    expect([refused.status, refused.headers.get('Content-Type')]).toEqual([422, 'application/problem+json']);
    const push = { method: 'PUT', body: 'gitops_sync_status{repo="web",server="pushed"} 1\n' };
    expect((await fetch(`${base}/metrics/job/drift/team@base64/YS9i`, push)).status).toBe(200);
    const known = (await (await fetch(`${base}/status.json`)).json()) as { server: string }[];
    const servers = known.map((one) => one.server);
    expect(servers).toEqual(expect.arrayContaining(['plain', 'packed', 'pushed']));
    expect(servers).not.toContain('bad');
  });

  test('events arrive one by one, while their stream is open', async () => {
    const stream = new EventStream(await fetch(`${base}/api/v1/events`));
    expect(await stream.next()).toMatchObject({ event: 'reset' });
    for (const name of ['one', 'two']) {
      await post([aReport(name)]);
      expect(await stream.next()).toMatchObject({ event: 'target_added', data: { server: name } });
    }
    await stream.close();
  });

  test('an answer is compressed once, and not sent again to clients that have it', async () => {
    await post(Array.from({ length: 100 }, (_, i) => aReport(`many-${i}`)));
    for (const encoding of ['gzip', 'identity']) {
      const headers = { 'Accept-Encoding': encoding };
      const answer = await fetch(`${base}/status.json`, { headers });
      expect(answer.headers.get('Content-Encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
      expect(((await answer.json()) as object[]).length).toBeGreaterThan(100);
      const tag = answer.headers.get('ETag') ?? '';
      const again = await fetch(`${base}/status.json`, { headers: { ...headers, 'If-None-Match': tag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
  });

  test('requests one after the other all succeed, over as few connections as the proxy makes', async () => {
    const before = relay.connections;
    for (let i = 0; i < 30; i++) {
      const answer =
        i % 3 === 0 ? await post([aReport('again')]) : await fetch(`${base}/status.json?limit=1`);
      await answer.arrayBuffer();
      expect(answer.status).toBeLessThan(300);
    }
    const made = relay.connections - before;
    if (setup.reuses) expect(made).toBeLessThan(15);
    else expect(made).toBe(30);
  });
}

describe.skipIf(missing('nginx'))('the documented configuration', () => {
  test('of nginx accepts a body as large as the server does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gitops-status-proxied-'));
    const env = { ...TRUSTED, GITOPS_STATUS_BASE_PATH: '/drift' };
    const server = await ServerProcess.start(join(folder, 'status.db'), { env });
    const upstream = new URL(server.url).host;
    const proxy = await ProxyProcess.start(NGINX, (listen) =>
      shippedSite('nginx.conf', { listen, upstream }),
    );
    try {
      const files = Array.from({ length: 8000 }, (_, i) => ({ name: `${i}-${'x'.repeat(200)}` }));
      const reports = [1, 2, 3, 4].map((i) => ({
        repo: 'web',
        server: `s${i}`,
        sync_status: 'OUT_OF_SYNC',
        files: files.slice(i),
        last_check: new Date().toISOString(),
      }));
      const answer = await fetch(`${proxy.url}/drift`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(reports),
      });
      expect(answer.status).toBe(201);
    } finally {
      await proxy.stop();
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
