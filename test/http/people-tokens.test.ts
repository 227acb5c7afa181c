import { describe, expect, test } from 'vitest';
import { ALICE, ask, NAMED, ON_LOOPBACK, type Sent, statusOf } from './person.ts';
import { aBody, problemOf, startService } from './service.ts';
import { asPassword, aToken } from './tokens.ts';

describe('an Authorization beside the name', () => {
  const at = startService({ ...NAMED, GITOPS_STATUS_ACT_USERS: '*' });
  const ci = aToken({ name: 'ci', scopes: ['report'] });
  const old = aToken({ expiresAt: 1 });
  at.service.tokens.declare([ci.token, old.token]);
  const authorized = (value: string): Sent => [...ALICE, ['Authorization', value]];

  test.each([
    ['a password of the proxy', asPassword('alices-password', 'alice').Authorization],
    ['a token of the proxy', 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
    ['a token that has expired', old.bearer.Authorization],
    ['a token that looks like ours', aToken().bearer.Authorization],
    ['another scheme', 'Negotiate YII='],
  ])('is ignored if it is %s, however often', async (_, value) => {
    for (let i = 0; i < 25; i++) expect(await statusOf(at, authorized(value))).toBe(200);
  });

  test('counts if it is a live token of ours', async () => {
    for (const value of [ci.bearer.Authorization, asPassword(ci.text).Authorization]) {
      expect(await problemOf(await ask(at, authorized(value)))).toMatchObject({
        status: 403,
        detail: expect.stringContaining('the token ci has report'),
      });
    }
  });

  test('counts if another process made the token just now', async () => {
    const fresh = startService(NAMED);
    expect(await statusOf(fresh, ALICE)).toBe(200);
    const { token, bearer } = aToken({ name: 'new', scopes: ['report'] });
    const { revokedAt: _, ...made } = token;
    await fresh.service.store.tokens.add({ ...made, createdAt: fresh.now });
    expect(await statusOf(fresh, authorized(bearer.Authorization))).toBe(403);
  });
});

describe('if a proxy names people', () => {
  test('loopback opens nothing', async () => {
    const at = startService(ON_LOOPBACK);
    for (const from of ['127.0.0.1', '::1', '']) expect(await statusOf(at, [], { from })).toBe(401);
    const answer = await problemOf(await at.post(aBody()));
    expect(answer).toMatchObject({
      status: 401,
      detail: expect.stringContaining(
        'names them in x-forwarded-user, with its secret in X-Auth-Proxy-Secret',
      ),
    });
  });

  test('what needs no caller stays open', async () => {
    const at = startService({ ...NAMED, GITOPS_STATUS_ANONYMOUS: 'badges' });
    expect(await statusOf(at, [], { path: '/healthz' })).toBe(200);
    expect(await statusOf(at, [], { path: '/badge.svg?repo=a' })).toBe(200);
  });

  test('wrong tokens are limited as before if nobody is named', async () => {
    const at = startService(NAMED);
    const wrong = (): Sent => [['Authorization', aToken().bearer.Authorization]];
    for (let i = 0; i < 10; i++) expect(await statusOf(at, wrong())).toBe(401);
    expect(await statusOf(at, wrong())).toBe(429);
    expect(await statusOf(at, [...wrong(), ...ALICE])).toBe(200);
  });
});
