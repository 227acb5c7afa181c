import { describe, expect, test } from 'vitest';
import { TOKEN_SCOPES, type TokenScope } from '../../src/domain/token.ts';
import { ruledAccess, type Scopes, scopesFor } from '../../src/http/auth/access.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { requestTo, routesOf } from './routes.ts';
import { problemOf, startService } from './service.ts';
import { aToken } from './tokens.ts';

const at = startService();

const ROUTES = routesOf(at);

const cases = ROUTES.flatMap(({ method, path }) => {
  const access = ruledAccess(method, path);
  return access === undefined || access === 'health' ? [] : [{ method, path, scopes: scopesFor(access) }];
});

const good = aToken({ name: 'good', scopes: TOKEN_SCOPES });
const expired = aToken({ name: 'expired', expiresAt: NOON - 1 });
const revoked = aToken({ name: 'revoked', revokedAt: NOON - 1 });
const without = (...scopes: readonly TokenScope[]) =>
  aToken({ name: `all but ${scopes}`, scopes: TOKEN_SCOPES.filter((one) => !scopes.includes(one)) });
const narrow = new Map(
  [...TOKEN_SCOPES.map((one): Scopes => [one]), ...cases.map(({ scopes }) => scopes)].map((scopes) => [
    scopes.join(' or '),
    without(...scopes),
  ]),
);
const foreign = aToken({ name: 'foreign', scopes: ['report'], repos: ['db/*'] });
at.service.tokens.declare([good, expired, revoked, foreign, ...narrow.values()].map(({ token }) => token));

async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  // Each is a minute after the one before, so that there are not too many failures.
  at.now += MINUTE;
  return at.service.app.request(...requestTo({ method, path }, headers));
}

test('every route is named explicitly in the rules of access', () => {
  const unnamed = ROUTES.filter(({ method, path }) => ruledAccess(method, path) === undefined);
  expect(unnamed).toEqual([]);
  expect(cases.length).toBeGreaterThan(30);
});

describe.each(cases)('$method $path', ({ method, path, scopes }) => {
  test.each([
    ['no token', {}, /needs a token with the scope/],
    ['a wrong token', aToken().bearer, /is not known here/],
    ['what is no token', { Authorization: 'Bearer ' }, /needs a token/],
    ['an expired token', expired.bearer, /expired is expired/],
    ['a revoked token', revoked.bearer, /revoked is revoked/],
  ] as const)('refuses %s', async (_, headers, detail) => {
    const answer = await ask(method, path, headers);
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic realm=.*, Bearer realm=/);
    if (method === 'HEAD') expect(answer.status).toBe(401);
    else
      expect(await problemOf(answer)).toMatchObject({ status: 401, detail: expect.stringMatching(detail) });
  });

  test('refuses a token with every other scope, and names the one it needs', async () => {
    const answer = await ask(method, path, narrow.get(scopes.join(' or '))?.bearer);
    expect(await problemOf(answer)).toMatchObject({
      status: 403,
      detail: expect.stringContaining(`needs the scope ${scopes.join(' or ')};`),
    });
  });

  test('is reached with the right token', async () => {
    expect([401, 403, 421, 429]).not.toContain((await ask(method, path, good.bearer)).status);
  });
});

describe.each(cases.filter(({ method, scopes }) => scopes.includes('report') && method !== 'DELETE'))(
  '$method $path',
  ({ method, path }) => {
    test('refuses a token of another repo, names both and records nothing', async () => {
      const before = await (await ask('GET', '/api/v1/reports', good.bearer)).text();
      expect(await problemOf(await ask(method, path, foreign.bearer))).toMatchObject({
        status: 403,
        detail: expect.stringMatching(
          /The token foreign may not report about the repo web, only about db\/\*/,
        ),
      });
      expect(await (await ask('GET', '/api/v1/reports', good.bearer)).text()).toBe(before);
    });
  },
);

test.each(ROUTES.filter(({ method, path }) => ruledAccess(method, path) === 'health'))(
  '$method $path is for everybody, whatever token comes with it',
  async ({ method, path }) => {
    for (const headers of [{}, aToken().bearer, expired.bearer]) {
      expect((await ask(method, path, headers)).status).toBe(200);
    }
  },
);

test.each([
  ['GET', '/nope'],
  ['GET', '/status.json/'],
  ['PATCH', '/status.json'],
  ['OPTIONS', '/api/v1/reports'],
  ['GET', '/docs-of-mine'],
])('%s %s, which no rule names, is for the administrator', async (method, path) => {
  expect((await ask(method, path)).status).toBe(401);
  expect((await ask(method, path, narrow.get('admin')?.bearer)).status).toBe(403);
  expect([404, 405]).toContain((await ask(method, path, good.bearer)).status);
});
