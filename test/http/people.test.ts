import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { isStillAllowed } from '../../src/http/auth/authenticate.ts';
import { personReader } from '../../src/http/auth/person.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import { MINUTE } from '../fixtures.ts';
import { fromPeer } from './peer.ts';
import { ALICE, ask, NAMED, ON_LOOPBACK, PROXY, SECRET, type Sent, statusOf } from './person.ts';
import { aBody, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

const OWN_PAGE: Sent = [['Origin', 'http://localhost']];
const RETIRE = '/api/v1/targets?repo=rsyslog&server=rsyslog-lab';

/** A service with one target that can be taken out. */
async function withTarget(env: Record<string, string>): Promise<TestService> {
  const at = startService(env);
  const ci = aToken({ name: 'ci', scopes: ['report'] });
  at.service.tokens.declare([ci.token]);
  expect((await at.post(aBody(), undefined, ci.bearer)).status).toBe(201);
  return at;
}

describe('a person whom a proxy names', () => {
  test('may read, and nothing else', async () => {
    const at = await withTarget(NAMED);
    expect(await statusOf(at, ALICE)).toBe(200);
    expect(await statusOf(at, ALICE, { path: '/' })).toBe(200);
    for (const [method, path] of [
      ['DELETE', RETIRE],
      ['PUT', RETIRE],
      ['POST', '/api/v1/targets/rename'],
      ['POST', '/api/v1/reports'],
      ['GET', '/nope'],
    ] as const) {
      const answer = await ask(at, [...ALICE, ...OWN_PAGE], { method, path });
      expect(await problemOf(answer)).toMatchObject({
        status: 403,
        detail: expect.stringContaining('alice may read'),
      });
    }
  });

  test.each([
    ['by name', { GITOPS_STATUS_ACT_USERS: 'bob, alice' }, ALICE],
    ['as everybody', { GITOPS_STATUS_ACT_USERS: '*' }, ALICE],
    ['by a group', groups('ops'), [...ALICE, ['Remote-Groups', 'dev,ops']]],
    [
      'by a group with a blank in its name',
      groups('Domain Admins'),
      [...ALICE, ['Remote-Groups', 'a, Domain Admins']],
    ],
    ['by a group between bars', groups('ops'), [...ALICE, ['Remote-Groups', 'dev|ops|x']]],
  ] as [string, Record<string, string>, Sent][])('may act %s', async (_, env, headers) => {
    const at = await withTarget({ ...NAMED, ...env });
    const retire = { method: 'DELETE', path: RETIRE };
    expect(await statusOf(at, [...headers, ...OWN_PAGE], retire)).toBe(200);
    const purge = { method: 'DELETE', path: `${RETIRE}&purge=true` };
    expect(await problemOf(await ask(at, [...headers, ...OWN_PAGE], purge))).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/purge=true needs the scope admin; alice may read and act/),
    });
  });

  test.each([
    ['another name', { GITOPS_STATUS_ACT_USERS: 'Alice,alic,alice2' }, ALICE],
    ['another group', groups('ops'), [...ALICE, ['Remote-Groups', 'devops, ops2']]],
    ['no group', groups('ops'), ALICE],
    ['an empty group', groups('ops'), [...ALICE, ['Remote-Groups', ',|']]],
    [
      'a group in a header that counts for nothing',
      { GITOPS_STATUS_ACT_USERS: 'bob' },
      [...ALICE, ['Remote-Groups', 'bob']],
    ],
  ] as [string, Record<string, string>, Sent][])('may not act with %s', async (_, env, headers) => {
    const at = await withTarget({ ...NAMED, ...env });
    expect(await statusOf(at, [...headers, ...OWN_PAGE], { method: 'DELETE', path: RETIRE })).toBe(403);
    expect(await statusOf(at, headers)).toBe(200);
  });

  test('is recorded and logged by name for what they do', async () => {
    const logged: object[] = [];
    const at = await withTarget({ ...NAMED, GITOPS_STATUS_ACT_USERS: '*' });
    const log: HttpDeps['log'] = { debug() {}, info: (fields) => logged.push(fields), error() {} };
    const app = at.appWith({ log });
    await ask(at, [...ALICE, ...OWN_PAGE], { method: 'DELETE', path: RETIRE, app });
    expect(logged).toEqual([expect.objectContaining({ person: 'alice', status: 200 })]);
    const actions = await (await ask(at, ALICE, { path: '/api/v1/actions' })).json();
    expect(actions).toMatchObject([{ what: 'target_deleted', actor: 'alice', verified: true }]);
  });

  test('keeps an open stream: the proxy says nothing new about them', async () => {
    const at = startService(NAMED);
    const deps = { tokens: at.service.tokens, clock: () => at.now };
    expect(await isStillAllowed({ kind: 'person', name: 'alice', mayAct: false }, deps)).toBe(true);
  });

  test('gets answers that no shared cache may store', async () => {
    const badge = await ask(startService(NAMED), ALICE, { path: '/badge.svg?repo=rsyslog' });
    expect(badge.headers.get('Cache-Control')).toMatch(/^private,/);
  });
});

describe('the header is believed', () => {
  test.each([
    [PROXY, true],
    ['10.0.0.255', true],
    [`::ffff:${PROXY}`, true],
    ['10.0.1.5', false],
    ['127.0.0.1', false],
    ['::1', false],
    ['', false],
  ])('from %s: %s', async (from, expected) => {
    expect(await statusOf(startService(NAMED), ALICE, { from })).toBe(expected ? 200 : 401);
  });

  test('only from the other end of the connection, not from a forwarded address or a trusted proxy', async () => {
    const at = startService({ ...NAMED, GITOPS_STATUS_TRUSTED_PROXIES: '10.9.9.9 127.0.0.1' });
    const forwarded: Sent = [
      ['X-Forwarded-For', PROXY],
      ['Forwarded', `for=${PROXY}`],
      ['X-Real-IP', PROXY],
    ];
    for (const from of ['10.9.9.9', '127.0.0.1', '203.0.113.1'])
      expect(await statusOf(at, [...ALICE, ...forwarded], { from })).toBe(401);
  });

  test('on loopback with the secret of the proxy, and not without', async () => {
    const at = startService(ON_LOOPBACK);
    const named: Sent = [['X-Forwarded-User', 'alice']];
    for (const from of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await statusOf(at, named, { from })).toBe(401);
      expect(await statusOf(at, [...named, ['X-Auth-Proxy-Secret', SECRET]], { from })).toBe(200);
      for (const wrong of ['', `${SECRET}x`, SECRET.toUpperCase(), `${SECRET}, ${SECRET}`])
        expect(await statusOf(at, [...named, ['X-Auth-Proxy-Secret', wrong]], { from })).toBe(401);
    }
    const twice: Sent = [...named, ['X-Auth-Proxy-Secret', SECRET], ['X-Auth-Proxy-Secret', SECRET]];
    expect(await statusOf(at, twice, { from: '127.0.0.1' })).toBe(401);
  });

  test('from elsewhere also only with the secret, if there is one', async () => {
    const at = startService({ ...NAMED, GITOPS_STATUS_AUTH_PROXY_SECRET: SECRET });
    expect(await statusOf(at, ALICE)).toBe(401);
    expect(await statusOf(at, [...ALICE, ['X-Auth-Proxy-Secret', SECRET]])).toBe(200);
  });

  test('never on loopback without a secret, in any spelling of its network', async () => {
    const { people } = parseConfig(NAMED, () => '');
    const proxies = ['127.0.0.0/8', '::1', '::ffff:7f05:0/112'];
    const claimOf = personReader(people && { ...people, proxies });
    const app = new Hono().get('/', (c) => c.text(claimOf(c).kind));
    for (const from of ['127.0.0.1', '127.5.0.1', '::ffff:127.5.0.1', '::1', '::ffff:127.0.0.1'])
      expect(await (await app.request('/', {}, await fromPeer(from, ALICE))).text()).toBe('none');
  });

  test('never if no setting names it', async () => {
    const at = startService({ HOST: '0.0.0.0', GITOPS_STATUS_TRUSTED_PROXIES: PROXY });
    for (const name of ['Remote-User', 'X-Forwarded-User', 'X-Auth-Request-User'])
      expect(await statusOf(at, [[name, 'alice']])).toBe(401);
  });

  test('too many wrong secrets have to wait, and the right one passes', async () => {
    const at = startService(ON_LOOPBACK);
    const from = '127.0.0.1';
    const named: Sent = [['X-Forwarded-User', 'alice']];
    for (let i = 0; i < 10; i++)
      expect(await statusOf(at, [...named, ['X-Auth-Proxy-Secret', `guess-${i}`]], { from })).toBe(401);
    const answer = await ask(at, [...named, ['X-Auth-Proxy-Secret', 'guess']], { from });
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([429, '60']);
    expect(await statusOf(at, [...named, ['X-Auth-Proxy-Secret', SECRET]], { from })).toBe(200);
    at.now += MINUTE;
    expect(await statusOf(at, [...named, ['X-Auth-Proxy-Secret', 'guess']], { from })).toBe(401);
  });
});

describe('a name', () => {
  const at = startService({ ...NAMED, ...groups('ops') });

  test.each([
    ['twice', [['Remote-User', 'mallory'], ...ALICE]],
    [
      'twice in different cases',
      [
        ['remote-user', 'alice'],
        ['REMOTE-USER', 'alice'],
      ],
    ],
    ['twice, once empty', [['Remote-User', ''], ...ALICE]],
    ['twice as one', [['Remote-User', 'mallory, alice']]],
    ['beside two lists of groups', [...ALICE, ['Remote-Groups', 'ops'], ['Remote-Groups', 'dev']]],
    ['with a control character', [['Remote-User', 'ali\tce']]],
    ['with a character that turns text around', [['Remote-User', 'ali\u202ece']]],
    ['with a control character of Latin 1', [['Remote-User', 'ali\u0085ce']]],
    ['of too many characters', [['Remote-User', 'a'.repeat(256)]]],
  ] as [string, Sent][])('that comes %s is refused with 400', async (_, headers) => {
    expect(await problemOf(await ask(at, headers))).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^The header remote-(user|groups) /),
    });
  });

  test.each([[''], ['  ']])('of %j is none: a token is needed', async (name) => {
    expect(await statusOf(at, [['Remote-User', name]])).toBe(401);
  });

  test('is refused in Latin 1, and read correctly in UTF-8', async () => {
    const asked = { method: 'POST', path: '/api/v1/targets/rename' } as const;
    const named = [['Remote-User', 'Jörg Müller'], ...OWN_PAGE] as const;
    const latin1 = await fromPeer(PROXY, named, { ...asked, encoding: 'latin1' });
    expect((await at.service.app.request(asked.path, asked, latin1)).status).toBe(400);
    expect(await problemOf(await ask(at, named, asked))).toMatchObject({
      detail: expect.stringContaining('; Jörg Müller may read.'),
    });
  });

  test('may have 255 characters of any language', async () => {
    for (const name of ['a'.repeat(255), 'Jörg Müller', 'alice@example.org'])
      expect(await statusOf(at, [['Remote-User', name]])).toBe(200);
  });
});

function groups(act: string): Record<string, string> {
  return { GITOPS_STATUS_GROUPS_HEADER: 'Remote-Groups', GITOPS_STATUS_ACT_GROUPS: act };
}
