import { beforeEach, describe, expect, test } from 'vitest';
import type { Token } from '../../src/domain/token.ts';
import { DAY, MINUTE, NOON } from '../fixtures.ts';
import { aBody, problemOf, startService, type TestService } from './service.ts';
import { asPassword, aToken } from './tokens.ts';

const SECOND = 1000;

/** Makes a token as the command does, in the store and not through the server. */
async function make(at: TestService, traits: Partial<Token> = {}) {
  const made = aToken(traits);
  const { revokedAt: _, ...token } = made.token;
  await at.service.store.tokens.add({ ...token, createdAt: at.now });
  return made;
}

const statusOf = async (at: TestService, headers: Record<string, string> = {}, path = '/status.json') =>
  (await at.get(path, headers)).status;

describe('on loopback', () => {
  let at: TestService;
  beforeEach(() => {
    at = startService();
  });

  test('everything is open until there is a token, including what is for the administrator', async () => {
    expect((await at.post(aBody())).status).toBe(201);
    expect(await statusOf(at)).toBe(200);
    const forget = '/api/v1/targets?repo=rsyslog&server=rsyslog-lab';
    expect((await at.service.app.request(forget, { method: 'DELETE' })).status).toBe(200);
  });

  test('the first token ends open access within a second', async () => {
    expect(await statusOf(at)).toBe(200);
    const { bearer } = await make(at);
    at.now += SECOND;
    expect(await statusOf(at)).toBe(401);
    expect(await statusOf(at, bearer)).toBe(200);
  });

  test.each(['revoked', 'expired'])('access stays closed once the last token is %s', async (end) => {
    const { token } = await make(at, end === 'expired' ? { expiresAt: NOON + DAY } : {});
    if (end === 'revoked') await at.service.store.tokens.revoke(token.name, NOON);
    at.now += 2 * DAY;
    expect(await statusOf(at)).toBe(401);
  });

  test('a file that declares no tokens means that no token is valid, not that none is needed', async () => {
    at.service.tokens.declare([]);
    expect(await statusOf(at)).toBe(401);
  });
});

test('beyond loopback only health is open, even if there is no token', async () => {
  const at = startService({ HOST: '0.0.0.0' });
  expect(await statusOf(at)).toBe(401);
  expect((await at.post(aBody())).status).toBe(401);
  expect(await statusOf(at, {}, '/readyz')).toBe(200);
});

describe('GITOPS_STATUS_ANONYMOUS', () => {
  const open = async (words: string) => {
    const at = startService({ HOST: '0.0.0.0', GITOPS_STATUS_ANONYMOUS: words });
    const answers = {
      read: await statusOf(at),
      metrics: await statusOf(at, {}, '/metrics'),
      badges: await statusOf(at, {}, '/badge.svg?repo=rsyslog'),
      page: await statusOf(at, {}, '/incidents'),
      report: (await at.post(aBody())).status,
      admin: (await at.service.app.request('/api/v1/targets', { method: 'DELETE' })).status,
    };
    return Object.keys(answers).filter((_, i) => Object.values(answers)[i] !== 401);
  };

  test.each([
    ['', []],
    ['read', ['read', 'metrics', 'badges', 'page']],
    ['report', ['report']],
    ['read,report', ['read', 'metrics', 'badges', 'page', 'report']],
    ['metrics', ['metrics']],
    ['badges', ['badges']],
    ['page', ['page']],
    ['badges, metrics', ['metrics', 'badges']],
  ])('%s opens %j, and never what is for the administrator', async (words, expected) => {
    expect(await open(words)).toEqual(expected);
  });

  test('opens for everybody: an invalid token does not close it', async () => {
    const at = startService({ HOST: '0.0.0.0', GITOPS_STATUS_ANONYMOUS: 'read,report' });
    expect(await statusOf(at, aToken().bearer)).toBe(200);
    const { bearer } = await make(at, { scopes: ['report'], repos: ['db'] });
    expect((await at.post(aBody(), undefined, bearer)).status).toBe(201);
  });
});

describe('a token', () => {
  let at: TestService;
  beforeEach(() => {
    at = startService({ HOST: '0.0.0.0' });
  });

  test('works at once if another process has just made it', async () => {
    expect(await statusOf(at, aToken().bearer)).toBe(401);
    const { bearer } = await make(at);
    expect(await statusOf(at, bearer)).toBe(200);
  });

  test('stops working within a second of being revoked, even if the clock was turned back', async () => {
    const [a, b] = [await make(at, { name: 'a' }), await make(at, { name: 'b' })];
    for (const { bearer } of [a, b]) expect(await statusOf(at, bearer)).toBe(200);
    await at.service.store.tokens.revoke('a', at.now);
    at.now += SECOND;
    expect(await statusOf(at, a.bearer)).toBe(401);
    await at.service.store.tokens.revoke('b', at.now);
    at.now -= DAY;
    expect(await statusOf(at, b.bearer)).toBe(401);
  });

  test('stops working at the instant at which it expires', async () => {
    const { bearer } = await make(at, { expiresAt: NOON + 5 });
    at.now += 4;
    expect(await statusOf(at, bearer)).toBe(200);
    at.now += 1;
    expect(await statusOf(at, bearer)).toBe(401);
  });

  test('can be replaced without a gap: both work until the old one is revoked', async () => {
    const [old, next] = [await make(at, { name: 'ci-1' }), await make(at, { name: 'ci-2' })];
    for (const { bearer } of [old, next]) expect(await statusOf(at, bearer)).toBe(200);
  });

  test('may come as the password of Basic authentication, with any user', async () => {
    const { text } = await make(at);
    expect(await statusOf(at, asPassword(text))).toBe(200);
    expect(await statusOf(at, asPassword(text, ''))).toBe(200);
    expect(await statusOf(at, { Authorization: `bearer  ${text}` })).toBe(200);
    for (const wrong of [asPassword('', text), asPassword(`${text}x`), { Authorization: `Digest ${text}` }]) {
      expect(await statusOf(at, wrong)).toBe(401);
    }
  });

  test('of one repo may report about no other: an array with one foreign report is refused whole', async () => {
    const ci = await make(at, { name: 'ci-db', scopes: ['report'], repos: ['db', 'team-a/*'] });
    const reader = await make(at, { name: 'reader', scopes: ['read'] });
    const mine = ['db', 'team-a/web'].map((repo) => aBody({ repo }));
    const answer = await at.post([...mine, aBody({ repo: 'web' })], undefined, ci.bearer);
    expect(await problemOf(answer)).toMatchObject({
      status: 403,
      detail: expect.stringContaining('ci-db may not report about the repo web'),
    });
    expect(await (await at.get('/status.json', reader.bearer)).json()).toEqual([]);
    expect((await at.post(mine, undefined, ci.bearer)).status).toBe(201);
  });

  test('stores to the minute when it was last used', async () => {
    const { bearer } = await make(at);
    const used = async () => (await at.service.store.tokens.list()).map(({ lastUsedAt }) => lastUsedAt);
    await at.get('/status.json', bearer);
    expect(await used()).toEqual([NOON]);
    at.now += MINUTE - 1;
    await at.get('/status.json', bearer);
    expect(await used()).toEqual([NOON]);
    at.now += 1;
    await at.get('/status.json', bearer);
    expect(await used()).toEqual([NOON + MINUTE]);
  });

  test('makes an answer that others must not see private to its bearer', async () => {
    const { bearer } = await make(at);
    const badge = await at.get('/badge.svg?repo=rsyslog', bearer);
    expect(badge.headers.get('Cache-Control')).toMatch(/^private,/);
    const open = startService();
    expect((await open.get('/badge.svg?repo=rsyslog')).headers.get('Cache-Control')).toMatch(/^public,/);
  });
});

test('names in the log who deleted something', async () => {
  const logged: object[] = [];
  const at = startService({ HOST: '0.0.0.0' });
  const app = at.appWith({ log: { debug() {}, info: (fields) => logged.push(fields), error() {} } });
  const { bearer } = await make(at, { name: 'alice' });
  await at.post(aBody(), undefined, bearer);
  const forget = '/api/v1/targets?repo=rsyslog&server=rsyslog-lab';
  await app.request(forget, { method: 'DELETE', headers: bearer });
  expect(logged).toEqual([
    expect.objectContaining({ token: 'alice', asked: `DELETE http://localhost${forget}`, status: 200 }),
  ]);
});

describe('failed attempts', () => {
  const MAX = 10;

  test('are too many after ten in a minute: then only a valid token passes', async () => {
    const at = startService({ HOST: '0.0.0.0' });
    const { bearer } = await make(at);
    for (let i = 0; i < MAX; i++) expect(await statusOf(at, aToken().bearer)).toBe(401);
    at.now += 20 * SECOND + 1;
    const answer = await at.get('/status.json', aToken().bearer);
    expect(answer.headers.get('Retry-After')).toBe('40');
    expect(await problemOf(answer)).toMatchObject({
      status: 429,
      detail: expect.stringContaining('Try again in 40 s'),
    });
    expect(await statusOf(at, bearer)).toBe(200);
    expect(await statusOf(at)).toBe(401);
    at.now += 40 * SECOND;
    expect(await statusOf(at, aToken().bearer)).toBe(401);
  });

  test('do not include requests without a token, or with too small a scope', async () => {
    const at = startService({ HOST: '0.0.0.0' });
    const { bearer } = await make(at, { scopes: ['report'] });
    for (let i = 0; i < 2 * MAX; i++) {
      expect(await statusOf(at)).toBe(401);
      expect(await statusOf(at, bearer)).toBe(403);
    }
    expect(await statusOf(at, aToken().bearer)).toBe(401);
  });

  test("are logged with the request and the token's name, and never with the token", async () => {
    const logged: object[] = [];
    const at = startService({ HOST: '0.0.0.0' });
    const app = at.appWith({ log: { debug() {}, info: (fields) => logged.push(fields), error() {} } });
    const { token, text } = aToken({ name: 'old', expiresAt: NOON });
    at.service.tokens.declare([token]);
    const unknown = aToken();
    for (const presented of [text, unknown.text]) {
      await app.request('/status.json', { headers: { Authorization: `Bearer ${presented}` } });
    }
    expect(logged).toMatchObject([
      { asked: 'GET /status.json', token: 'old', state: 'expired', request_id: expect.stringMatching(/./) },
      { asked: 'GET /status.json', token: undefined, state: 'unknown' },
    ]);
    for (const secret of [text, unknown.text, token.sha256])
      expect(JSON.stringify(logged)).not.toContain(secret);
  });
});
