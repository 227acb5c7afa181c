import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { asPassword, aToken } from '../http/tokens.ts';
import { NGINX, ProxyProcess, shippedSite } from './proxy-process.ts';
import { missing } from './tools.ts';

type Headers = Readonly<Record<string, string>>;

interface Setup {
  readonly name: string;
  readonly file: string;
  readonly env: Headers;
  /** What a browser sends after a login there. */
  readonly login: (name: string) => Headers;
}

const SECRET = 'change-me-32-random-characters';
const NAMED = {
  GITOPS_STATUS_USER_HEADER: 'Remote-User',
  GITOPS_STATUS_AUTH_PROXIES: '127.0.0.1',
  GITOPS_STATUS_AUTH_PROXY_SECRET: SECRET,
};

const SETUPS: readonly Setup[] = [
  {
    name: 'nginx that asks for passwords, as documented',
    file: 'nginx-password.conf',
    env: { ...NAMED, GITOPS_STATUS_ACT_USERS: 'alice' },
    login: (name) => asPassword(`password-of-${name}`, name),
  },
  {
    name: 'nginx that asks Authelia, as documented',
    file: 'nginx-authelia.conf',
    env: { ...NAMED, GITOPS_STATUS_GROUPS_HEADER: 'Remote-Groups', GITOPS_STATUS_ACT_GROUPS: 'ops' },
    login: (name) => ({ Cookie: `session=${name}` }),
  },
];

/** What anybody can send: a name, also in spellings that a proxy may pass on beside its own. */
const FORGED: readonly (readonly [string, string])[] = [
  ['Remote-User', 'alice'],
  ['REMOTE-USER', 'alice'],
  ['Remote-Groups', 'ops'],
  ['Remote_User', 'alice'],
  ['X-Auth-Proxy-Secret', 'a guess of the secret'],
];

/** Answers like Authelia: with a name if there is a session, and otherwise with where to log in. */
const AUTHELIA = (listen: number) => `server {
  listen 127.0.0.1:${listen};
  location = /api/authz/auth-request {
    if ($cookie_session = "") {
      add_header Location "https://login.example/?rd=$http_x_original_url" always;
      return 401;
    }
    set $groups dev;
    if ($cookie_session = alice) { set $groups "dev,ops"; }
    add_header Remote-User $cookie_session;
    add_header Remote-Groups $groups;
    return 200;
  }
}`;

describe.skipIf(missing('nginx')).each(SETUPS)('people behind $name', (setup) => {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-people-'));
  const passwords = join(folder, 'htpasswd');
  const tokensFile = join(folder, 'tokens.yaml');
  const ci = aToken({ name: 'ci' });
  let server: ServerProcess;
  let authelia: ProxyProcess;
  let proxy: ProxyProcess;

  beforeAll(async () => {
    const users = ['alice', 'bob'].map((name) => `${name}:{PLAIN}password-of-${name}\n`);
    writeFileSync(passwords, users.join(''));
    writeFileSync(tokensFile, `- { name: ci, sha256: ${ci.token.sha256}, scope: report }\n`);
    const env = { ...setup.env, GITOPS_STATUS_TOKENS_FILE: tokensFile };
    server = await ServerProcess.start(join(folder, 'status.db'), { env });
    authelia = await ProxyProcess.start(NGINX, AUTHELIA);
    proxy = await ProxyProcess.start(NGINX, (listen) =>
      shippedSite(setup.file, { listen, upstream: new URL(server.url).host })
        .replaceAll('127.0.0.1:8080', new URL(server.url).host)
        .replace('127.0.0.1:9091', new URL(authelia.url).host)
        .replace('/etc/nginx/gitops-status.htpasswd', passwords),
    );
  });
  afterAll(async () => {
    for (const one of [proxy, authelia, server]) await one?.stop();
    rmSync(folder, { recursive: true });
  });

  const ask = (path: string, headers: Headers, { method = 'GET', base = proxy.url } = {}) =>
    fetch(base + path, { method, headers, redirect: 'manual' });
  const report = (name: string, headers: Headers) =>
    fetch(`${proxy.url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({
        repo: 'web',
        server: name,
        sync_status: 'SYNCED',
        last_check: new Date().toISOString(),
      }),
    });
  const retire = async (name: string, headers: Headers) =>
    (await ask(`/api/v1/targets?repo=web&server=${name}`, headers, { method: 'DELETE' })).status;
  const page = () => ({ Origin: proxy.url, 'Sec-Fetch-Site': 'same-origin' });

  test('get access by their name, and only after a login', async () => {
    expect((await ask('/api/v1/status', setup.login('bob'))).status).toBe(200);
    expect((await ask('/', setup.login('bob'))).status).toBe(200);
    expect([302, 401]).toContain((await ask('/api/v1/status', {})).status);
  });

  test('do what their role allows, under their name, and not for a page of another site', async () => {
    expect((await report('old', ci.bearer)).status).toBe(201);
    expect(await retire('old', { ...setup.login('bob'), ...page() })).toBe(403);
    const alice = setup.login('alice');
    for (const foreign of [
      {},
      { Origin: 'https://evil.example' },
      { ...page(), 'Sec-Fetch-Site': 'cross-site' },
    ])
      expect(await retire('old', { ...alice, ...foreign })).toBe(403);
    expect(await retire('old', { ...alice, ...page() })).toBe(200);
    const actions = await (await ask('/api/v1/actions', alice)).json();
    expect(actions).toMatchObject([
      { what: 'target_deleted', actor: 'alice', verified: true, server: 'old' },
    ]);
  });

  test.each(FORGED)('are not named by a client: %s: %s has no effect', async (name, value) => {
    await report('kept', ci.bearer);
    const forged = { [name]: value };
    expect(await retire('kept', { ...setup.login('bob'), ...forged, ...page() })).toBe(403);
    expect([302, 401]).toContain((await ask('/api/v1/status', forged)).status);
    // The way for programs names nobody, whatever a client claims, even with the secret.
    const known = { 'X-Auth-Proxy-Secret': SECRET, ...forged };
    expect((await ask('/status.json', known)).status).toBe(401);
    expect((await report('kept', known)).status).toBe(401);
    // Past the proxy, from the same address.
    expect((await ask('/api/v1/status', forged, { base: server.url })).status).toBe(401);
  });

  test('do not affect programs, which send a token', async () => {
    expect((await report('by-ci', ci.bearer)).status).toBe(201);
    expect((await report('by-ci', {})).status).toBe(401);
    const push = { method: 'PUT', headers: ci.bearer, body: 'gitops_sync_status{repo="web",server="p"} 1\n' };
    expect((await fetch(`${proxy.url}/metrics/job/drift`, push)).status).toBe(200);
  });
});
