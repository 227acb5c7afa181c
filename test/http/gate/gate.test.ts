import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { gateBlocked, gatePassed } from '../../../src/http/schemas/gate.ts';
import { HOUR, MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from '../service.ts';
import { aToken } from '../tokens.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

async function blockedOf(answer: Response) {
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([409, 'application/problem+json']);
  const body = await answer.json();
  expect(z.strictObject(gateBlocked.shape).parse(body)).toEqual(body);
  return gateBlocked.parse(body);
}

const ask = (at: TestService, query: string) => at.get(`/api/v1/gate?${query}`);

async function start(...bodies: object[]) {
  const at = startService();
  await at.post(bodies);
  at.now = NOON + MINUTE;
  return at;
}

describe('the gate', () => {
  /** Its only target was checked a minute ago, in 5 s. It is only asked. */
  let fine: TestService;
  beforeAll(async () => {
    fine = await start(aBody({ commit: SHA, duration_ms: 5000 }));
  });

  test('answers 200 with the targets that pass, when they were checked and at which commit', async () => {
    const at = await start(aBody({ commit: SHA }), aBody({ server: 'b' }), aDrift(['x'], { repo: 'db' }));
    const answer = await ask(at, 'repo=rsyslog');
    const body = await answer.json();
    expect(answer.status).toBe(200);
    expect(gatePassed.parse(body)).toEqual(body);
    expect(body).toEqual({
      targets: [
        { repo: 'rsyslog', server: 'b', checked_at: iso(NOON), commit: null },
        { repo: 'rsyslog', server: 'rsyslog-lab', checked_at: iso(NOON), commit: SHA },
      ],
    });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  test('stays closed if what keeps it closed is muted or acknowledged', async () => {
    const at = await start(aDrift(['x']), aBody({ server: 'b' }));
    const by = { actor: { name: 'kim', verified: true } };
    await at.post(
      { repo: 'rsyslog', reason: 'a trial', ends_at: iso(NOON + HOUR), by: 'kim' },
      '/api/v1/mutes',
    );
    await at.service.store.acknowledge(1, 'on it', by);
    expect(await at.json('/api/v1/status?muted=true')).toHaveLength(2);
    expect(await blockedOf(await ask(at, 'repo=rsyslog'))).toMatchObject({ matched: 2, blocking_count: 1 });
  });

  test('answers 409 with the targets that do not pass, and why, in words', async () => {
    const at = await start(
      aBody(),
      aDrift(['x'], { server: 'b', commit: 'abcdef1' }),
      aBody({ server: 'c', sync_status: 'UNKNOWN', error_kind: 'unreachable', commit: SHA }),
    );
    const blocked = await blockedOf(await ask(at, `commit=${SHA}&since=now&max_age=30`));
    const late = `last checked at ${iso(NOON)}, more than 30 s ago; the last check began at ${iso(NOON)}, before ${iso(at.now)}`;
    const [repo, since] = ['rsyslog', iso(NOON)];
    expect(blocked).toMatchObject({ matched: 3, blocking_count: 3, missing_count: 0, missing: [] });
    expect(blocked.blocking).toEqual([
      {
        repo,
        server: 'b',
        state: 'OUT_OF_SYNC',
        reason: `OUT_OF_SYNC since ${since}; ${late}; at commit abcdef1, not ${SHA}`,
      },
      { repo, server: 'c', state: 'UNKNOWN', reason: `UNKNOWN since ${since} (unreachable); ${late}` },
      {
        repo,
        server: 'rsyslog-lab',
        state: 'SYNCED',
        reason: `${late}; its reports name no commit, not ${SHA}`,
      },
    ]);
    expect(blocked.detail).toContain(`rsyslog on b: OUT_OF_SYNC since ${since}`);
  });

  test('says why the first digits do not find a commit that was reported by a part of its name', async () => {
    const [reported, asked] = [SHA.slice(0, 10), SHA.slice(0, 7)];
    const at = await start(aBody({ commit: reported }));
    const why = '(report the whole name: only that is found by its first digits)';
    expect((await blockedOf(await ask(at, `commit=${asked}`))).blocking).toMatchObject([
      { reason: `at commit ${reported}, not ${asked} ${why}` },
    ]);
  });

  test('is closed by silence, and by a target that was declared and never reported', async () => {
    const at = await start(aBody());
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=awaited', { method: 'PUT' });
    at.now = NOON + HOUR;
    expect((await blockedOf(await ask(at, 'repo=rsyslog&max_age=1d'))).blocking).toEqual([
      {
        repo: 'rsyslog',
        server: 'awaited',
        state: 'STALE',
        reason: expect.stringMatching(/^never reported, expected since 2026-04-21T12:01/),
      },
      {
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        state: 'STALE',
        reason: `STALE since ${iso(NOON + 10 * MINUTE)}`,
      },
    ]);
  });

  test('lists at most 100 targets that do not pass, and their number', async () => {
    const at = await start(...Array.from({ length: 120 }, (_, i) => aDrift(['x'], { server: `s${i}` })));
    const blocked = await blockedOf(await ask(at, 'repo=rsyslog'));
    expect([blocked.blocking_count, blocked.blocking.length]).toEqual([120, 100]);
    expect(blocked.detail).toMatch(/And 117 more\.$/);
  });

  test('is about targets with the requested labels, and other requested names are missing', async () => {
    const at = await start(
      aBody({ labels: { env: 'prod' } }),
      aDrift(['x'], { repo: 'db', labels: { env: 'test' } }),
    );
    expect((await ask(at, 'label=env:prod')).status).toBe(200);
    expect((await ask(at, 'label=env:prod&label=env:test')).status).toBe(409);
    expect(await blockedOf(await ask(at, 'label=env:none'))).toMatchObject({ matched: 0 });
    expect(await blockedOf(await ask(at, 'label=env:prod&repo=rsyslog&repo=db'))).toMatchObject({
      matched: 1,
      missing: [{ repo: 'db' }],
    });
  });

  test('is never open if nothing matches, and knows no deleted target', async () => {
    const at = startService();
    expect(await blockedOf(await ask(at, ''))).toMatchObject({ matched: 0, detail: 'No target matches.' });
    await at.post(aBody());
    expect((await ask(at, '')).status).toBe(200);
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    expect(await blockedOf(await ask(at, 'repo=*'))).toMatchObject({ matched: 0 });
    expect(await blockedOf(await ask(at, 'repo=rsyslog'))).toMatchObject({
      missing: [{ repo: 'rsyslog', server: null, reason: expect.stringContaining('it was deleted') }],
    });
  });

  test.each([
    ['repo=rsyslog&repo=x', [{ repo: 'x', server: null }]],
    ['repo=rsyslog,x', [{ repo: 'x', server: null }]],
    ['server=rsyslog-lab&server=y', [{ repo: null, server: 'y' }]],
    ['repo=rsyslog&repo=db&server=rsyslog-lab', [{ repo: 'db', server: 'rsyslog-lab' }]],
  ])('asked about %s names what does not match', async (query, missing) => {
    const at = await start(aBody(), aBody({ repo: 'db', server: 'b' }));
    const blocked = await blockedOf(await ask(at, query));
    expect(blocked.missing).toMatchObject(missing);
    expect(blocked).toMatchObject({ missing_count: 1, blocking_count: 0 });
  });

  test('names the new name of a target that is asked for by a former one', async () => {
    const at = await start(aBody());
    const rename = '/api/v1/targets/rename?repo=rsyslog&server=rsyslog-lab&new_repo=logs&new_server=log-1';
    await at.service.app.request(rename, { method: 'POST' });
    const reason = `rsyslog on rsyslog-lab has been called logs on log-1 since ${iso(at.now)}: ask about the new name`;
    for (const query of ['repo=rsyslog', 'server=rsyslog-lab', 'repo=rsyslog&server=rsyslog-lab']) {
      expect((await blockedOf(await ask(at, query))).missing).toMatchObject([{ reason }]);
    }
    expect((await ask(at, 'repo=logs&server=log-1')).status).toBe(200);
  });

  test.each([
    ['expect=1', 200],
    ['expect=2', 409],
  ])('with %s of one: %i', async (query, status) => {
    const answer = await ask(fine, query);
    expect(answer.status).toBe(status);
    if (status === 409) expect((await blockedOf(answer)).detail).toBe('1 of at least 2 targets match.');
  });

  test.each([
    [`commit=${SHA}`, 200],
    [`commit=${SHA.toUpperCase()}`, 200],
    ['commit=0123456', 200],
    ['commit=0123457', 409],
    [`since=${iso(NOON - 5000)}`, 200],
    [`since=${iso(NOON - 4999)}`, 409],
    [`since=${NOON - 5000}`, 200],
    [`since=${(NOON - 4999) / 1000}`, 409],
    ['since=now-65s', 200],
    ['since=now-64s', 409],
    ['max_age=60', 200],
    ['max_age=60s', 200],
    ['max_age=1m', 200],
    ['max_age=59', 409],
    ['repo=*', 200],
    ['wait=0', 200],
  ])('of a target that was checked a minute ago, in 5 s: %s is %i', async (query, status) => {
    expect((await ask(fine, query)).status).toBe(status);
  });

  test.each([
    ['state=SYNCED', 'state'],
    ['muted=false', 'muted'],
    ['var-repo=rsyslog', 'var-repo'],
    ['limit=1', 'limit'],
    ['repo=', 'repo'],
    ['repo=rsyslog&repo=', 'repo'],
    ['repo=,', 'repo'],
    ['repo=$REPO', 'repo'],
    ['repo=$__all', 'repo'],
    ['repo=rsyslog&repo=*', 'repo'],
    ['repo=rsyslog,*', 'repo'],
    ['repo=a%20b', 'repo'],
    ['server=', 'server'],
    ['commit=', 'commit'],
    ['commit=$SHA', 'commit'],
    ['commit=012345', 'commit'],
    ['since=', 'since'],
    ['since=yesterday', 'since'],
    ['since=now%2B1h', 'since'],
    ['max_age=', 'max_age'],
    ['max_age=0', 'max_age'],
    ['max_age=1y', 'max_age'],
    ['max_age=-1', 'max_age'],
    ['expect=', 'expect'],
    ['expect=0', 'expect'],
    ['expect=1.5', 'expect'],
    ['label=', 'label'],
    ['label=env', 'label'],
    ['label=env:prod&label=', 'label'],
    ['label=$LABEL', 'label'],
    ['label=*', 'label'],
    ['label={env:prod}', 'label'],
    ['wait=', 'wait'],
    ['wait=301', 'wait'],
    ['wait=6m', 'wait'],
    ['wait=-1', 'wait'],
    ['wait=1&wait=2', 'wait'],
    ['wait=10&state=SYNCED', 'state'],
    ['wait=10&repo=', 'repo'],
  ])('refuses %s: 422 that names it', async (query, parameter) => {
    const problem = await problemOf(await ask(fine, query));
    expect(problem).toMatchObject({ status: 422, errors: [{ parameter }] });
  });

  test('refuses an abbreviated commit that may be several, and names them', async () => {
    const other = SHA.replace(/7$/, '8');
    const at = await start(aBody({ commit: SHA }), aBody({ server: 'b', commit: other }));
    const problem = await problemOf(await ask(at, 'commit=0123456'));
    expect(problem).toMatchObject({ status: 422, detail: expect.stringContaining(`${SHA} or ${other}`) });
    expect((await ask(at, `commit=${SHA}`)).status).toBe(409);
  });
});

describe('a token that only reports', () => {
  const ci = aToken({ name: 'ci', scopes: ['report'], repos: ['rsyslog', 'team-a/*'] });

  test('asks about its repos, and about nothing else', async () => {
    const at = await start(aBody({ commit: SHA }), aBody({ repo: 'db' }));
    at.service.tokens.declare([ci.token]);
    const status = async (query: string) => (await at.get(`/api/v1/gate?${query}`, ci.bearer)).status;
    const all = `server=rsyslog-lab&commit=${SHA}&since=now-1h&max_age=1h&expect=1&wait=1`;
    expect(await status(`repo=rsyslog&${all}`)).toBe(200);
    for (const query of [
      '',
      'server=rsyslog-lab',
      'repo=db',
      'repo=rsyslog&repo=db',
      'repo=*',
      'repo=rsyslog,db',
    ])
      expect([query, await status(query)]).toEqual([query, 403]);
    expect(await status('repo=rsyslog&at=now')).toBe(403);
  });
});
