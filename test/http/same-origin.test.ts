import { describe, expect, test } from 'vitest';
import { ruledAccess, scopesFor } from '../../src/http/auth/access.ts';
import { fromPeer } from './peer.ts';
import { requestTo, writingRoutesOf } from './routes.ts';
import { problemOf, startService, type TestService } from './service.ts';
import { asPassword, aToken } from './tokens.ts';

type Headers = Readonly<Record<string, string>>;

const HOST = { Host: 'localhost:8080' };
const PUBLIC = { GITOPS_STATUS_PUBLIC_URL: 'https://status.example.org/drift' };

const NEITHER: Headers = {};

const OWN: readonly Headers[] = [
  { Origin: 'http://localhost:8080' },
  { Origin: 'https://localhost:8080' },
  { Origin: 'HTTP://LOCALHOST:8080' },
  { Origin: 'https://status.example.org' },
  { 'Sec-Fetch-Site': 'same-origin' },
  { 'Sec-Fetch-Site': 'none' },
  { Origin: 'http://localhost:8080', 'Sec-Fetch-Site': 'same-origin' },
];

const FOREIGN: readonly Headers[] = [
  { Origin: 'null' },
  { Origin: '' },
  { Origin: 'https://evil.example' },
  { Origin: 'http://localhost' },
  { Origin: 'http://localhost:8081' },
  { Origin: 'http://127.0.0.1:8080' },
  { Origin: 'ftp://localhost:8080' },
  { Origin: 'http://status.example.org' },
  { Origin: 'https://status.example.org:8443' },
  { Origin: 'https://status.example.org.evil.example' },
  { Origin: 'https://status.example.org@evil.example' },
  { Origin: 'https://evil.example/https://status.example.org' },
  { Origin: 'http://localhost:8080, https://evil.example' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': '' },
  { 'Sec-Fetch-Site': 'of-tomorrow' },
  { Origin: 'http://localhost:8080', 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
  { Origin: 'null', 'Sec-Fetch-Site': 'none' },
];

const good = aToken({ scopes: ['report', 'read', 'act', 'admin'] });
const dead = aToken({ expiresAt: 1 });

function withTokens(env: Record<string, string> = {}): TestService {
  const at = startService({ HOST: '0.0.0.0', ...PUBLIC, ...env });
  at.service.tokens.declare([good.token, dead.token]);
  return at;
}

const open = startService(PUBLIC);
const closed = withTokens();
const reporting = withTokens({ GITOPS_STATUS_ANONYMOUS: 'report' });
const proxied = withTokens({
  GITOPS_STATUS_USER_HEADER: 'Remote-User',
  GITOPS_STATUS_AUTH_PROXIES: '10.0.0.5',
  GITOPS_STATUS_ACT_USERS: '*',
});
const PERSON = { 'Remote-User': 'alice' };

/** How a request without one of our Bearer tokens was let in. */
const WAYS: readonly { readonly way: string; readonly at: TestService; readonly with: Headers }[] = [
  { way: 'open on loopback', at: open, with: {} },
  { way: 'open on loopback, with a Bearer token that is not good', at: open, with: dead.bearer },
  { way: 'Basic', at: closed, with: asPassword(good.text) },
  { way: 'Basic beside a person', at: proxied, with: { ...PERSON, ...asPassword(good.text) } },
];

const ROUTES = writingRoutesOf(open);

async function statusOf(at: TestService, route: (typeof ROUTES)[number], headers: Headers) {
  const [path, init] = requestTo(route, { ...HOST, ...headers });
  const sent = Object.entries({ ...init.headers });
  const body = typeof init.body === 'string' ? init.body : '';
  return at.service.app.request(path, init, await fromPeer('10.0.0.5', sent, { ...route, body }));
}

const REFUSED_HERE = /came from a page of another site/;

async function isRefused(answer: Response): Promise<boolean> {
  return answer.status === 403 && REFUSED_HERE.test((await problemOf(answer)).detail ?? '');
}

async function expectLetIn(answer: Response, isExpected: boolean): Promise<void> {
  if (isExpected) expect([401, 403, 421]).not.toContain(answer.status);
  else expect(await isRefused(answer)).toBe(true);
}

test('every route that writes is checked, including alternative paths', () => {
  const names = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(names).toEqual(
    expect.arrayContaining(['POST /', 'POST /status.json', 'POST /api/v1/reports', 'DELETE /api/v1/targets']),
  );
  expect(names.filter((name) => name.includes('/metrics/job')).length).toBeGreaterThanOrEqual(6);
});

describe.each(ROUTES)('$method $path', (route) => {
  describe.each(WAYS)('$way', ({ at, with: credentials }) => {
    test('accepts what its own pages and programs send', async () => {
      for (const headers of [...OWN, NEITHER])
        await expectLetIn(await statusOf(at, route, { ...credentials, ...headers }), true);
    });
    test('refuses what a page of another site sends', async () => {
      for (const headers of FOREIGN)
        await expectLetIn(await statusOf(at, route, { ...credentials, ...headers }), false);
    });
  });

  test('does not restrict a valid Bearer token', async () => {
    for (const headers of [...FOREIGN, ...OWN, NEITHER]) {
      for (const at of [closed, proxied])
        await expectLetIn(await statusOf(at, route, { ...good.bearer, ...headers }), true);
    }
  });

  test("does nothing in the name of a person for another site's page", async () => {
    const access = ruledAccess(route.method, route.path);
    const isNamed = access !== undefined && access !== 'health';
    const mayAct = isNamed && scopesFor(access).includes('act');
    for (const credentials of [PERSON, { ...PERSON, ...dead.bearer }]) {
      const answer = (headers: Headers) => statusOf(proxied, route, { ...credentials, ...headers });
      for (const headers of [...FOREIGN, NEITHER]) expect((await answer(headers)).status).toBe(403);
      for (const headers of OWN) {
        if (mayAct) await expectLetIn(await answer(headers), true);
        else expect((await answer(headers)).status).toBe(403);
      }
    }
  });
});

describe.each(ROUTES.filter(({ method, path }) => ruledAccess(method, path) === 'report'))(
  '$method $path, if everybody may report,',
  (route) => {
    test('refuses pages of other sites', async () => {
      for (const headers of [...OWN, NEITHER])
        await expectLetIn(await statusOf(reporting, route, headers), true);
      for (const headers of FOREIGN) await expectLetIn(await statusOf(reporting, route, headers), false);
    });
  },
);

test.each([
  ['localhost', 'http://localhost', true],
  ['localhost', 'https://localhost', true],
  ['localhost', 'http://localhost:80', true],
  ['localhost', 'https://localhost:80', false],
  ['localhost', 'http://localhost:443', false],
  ['localhost:443', 'https://localhost', true],
  ['localhost:443', 'http://localhost', false],
  ['LocalHost:8080', 'http://localhost:8080', true],
  ['[::1]:8080', 'http://[::1]:8080', true],
  ['[::1]:8080', 'http://[::1]', false],
])('for Host %s, %s is an origin of its own: %s', async (host, origin, expected) => {
  const route = { method: 'POST', path: '/api/v1/reports' };
  await expectLetIn(await statusOf(open, route, { Host: host, Origin: origin }), expected);
});

test('reading may come from anywhere', async () => {
  for (const headers of FOREIGN) {
    const answer = await statusOf(open, { method: 'GET', path: '/api/v1/status' }, headers);
    expect(answer.status).toBe(200);
  }
});
