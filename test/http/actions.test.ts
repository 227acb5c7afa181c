import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, MINUTE } from '../fixtures.ts';
import { aBody, iso, problemOf, startService, type TestService } from './service.ts';
import { asPassword, aToken } from './tokens.ts';

const NAMED = 'repo=rsyslog&server=rsyslog-lab';
const TARGET = `/api/v1/targets?${NAMED}`;

let at: TestService;
beforeEach(() => {
  at = startService();
});

const send = (method: string, path: string, headers: Record<string, string> = {}) =>
  at.service.app.request(path, { method, headers });

describe('GET /api/v1/actions', () => {
  test('says who did what, newest first', async () => {
    await send('PUT', TARGET);
    const admin = aToken({ name: 'admin' });
    at.service.tokens.declare([admin.token]);
    at.now += MINUTE;
    await send('POST', `/api/v1/targets/rename?${NAMED}&new_server=next`, admin.bearer);
    at.now += MINUTE;
    await send('DELETE', `${TARGET.replace('rsyslog-lab', 'next')}&purge=true`, asPassword(admin.text));
    const rows = await (await at.get('/api/v1/actions', admin.bearer)).json();
    expect(rows).toEqual([
      aRow({ id: 3, at: iso(at.now), actor: 'admin', what: 'target_purged', server: 'next' }),
      aRow({
        id: 2,
        at: iso(at.now - MINUTE),
        actor: 'admin',
        what: 'target_renamed',
        detail: { renamed_to: { repo: 'rsyslog', server: 'next' } },
      }),
      aRow({ id: 1, at: iso(at.now - 2 * MINUTE), actor: null, verified: false, what: 'target_declared' }),
    ]);
  });

  test('goes back a day by default, and may be limited and filtered', async () => {
    await send('PUT', TARGET);
    at.now += 2 * DAY;
    await send('PUT', '/api/v1/targets?repo=web&server=a');
    await send('PUT', '/api/v1/targets?repo=web&server=b');
    const servers = async (query: string) =>
      ((await at.json(`/api/v1/actions${query}`)) as { server: string }[]).map(({ server }) => server);
    expect(await servers('')).toEqual(['b', 'a']);
    expect(await servers('?from=now-3d')).toEqual(['b', 'a', 'rsyslog-lab']);
    expect(await servers('?from=now-3d&to=now-1d')).toEqual(['rsyslog-lab']);
    expect(await servers('?limit=1')).toEqual(['b']);
    expect(await servers('?from=now-3d&repo=rsyslog')).toEqual(['rsyslog-lab']);
    expect(await servers('?server=a,nobody')).toEqual(['a']);
    for (const wrong of ['?state=SYNCED', '?limit=0', '?from=yesterday', '?actor=x'])
      expect((await at.get(`/api/v1/actions${wrong}`)).status).toBe(422);
  });

  test('is available as CSV', async () => {
    await send('PUT', TARGET);
    const csv = await (await at.get('/api/v1/actions?format=csv')).text();
    expect(csv.split('\r\n')).toEqual([
      'id,at,actor,verified,what,repo,server,incident_id,detail',
      `1,${iso(at.now)},,false,target_declared,rsyslog,rsyslog-lab,,`,
      '',
    ]);
  });
});

describe('a target is taken out', () => {
  beforeEach(async () => {
    await at.post(aBody());
  });

  test.each(['act', 'admin'] as const)('by a token with the scope %s', async (scope) => {
    const { token, bearer } = aToken({ scopes: [scope] });
    at.service.tokens.declare([token]);
    expect((await send('DELETE', TARGET, bearer)).status).toBe(200);
  });

  test('with its history only by a token with the scope admin', async () => {
    const acting = aToken({ name: 'ops', scopes: ['report', 'read', 'act'] });
    const admin = aToken({ name: 'admin', scopes: ['admin'] });
    at.service.tokens.declare([acting.token, admin.token]);
    const purge = `${TARGET}&purge=true`;
    expect(await problemOf(await send('DELETE', purge, acting.bearer))).toMatchObject({
      status: 403,
      detail:
        'DELETE /api/v1/targets with purge=true needs the scope admin; the token ops has report, read, act.',
    });
    expect(await (await at.get('/api/v1/status', acting.bearer)).json()).toHaveLength(1);
    expect((await send('DELETE', purge, admin.bearer)).status).toBe(200);
  });

  test('and is logged with who did it', async () => {
    const logged: object[] = [];
    const app = at.appWith({ log: { debug() {}, info: (fields) => logged.push(fields), error() {} } });
    const { token, bearer } = aToken({ name: 'ops', scopes: ['act'] });
    at.service.tokens.declare([token]);
    await app.request(TARGET, { method: 'DELETE', headers: bearer });
    expect(logged).toEqual([expect.objectContaining({ token: 'ops', status: 200 })]);
  });
});

function aRow(fields: object): object {
  return {
    repo: 'rsyslog',
    server: 'rsyslog-lab',
    verified: true,
    incident_id: null,
    detail: null,
    ...fields,
  };
}
