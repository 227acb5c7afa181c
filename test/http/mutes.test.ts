import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const terms = { reason: 'new edge', ends_at: iso(NOON + DAY), by: 'alice' };
const mute = (body: object) => at.post({ ...terms, ...body }, '/api/v1/mutes');
const send = (method: string, path: string, body?: object) =>
  at.service.app.request(path, {
    method,
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });

/** A target that drifted in a and b, one in a alone, one that is not known, and one in sync. */
async function aFleet() {
  await at.post([
    aDrift(['a', 'b'], { server: 'both', labels: { env: 'lab' } }),
    aDrift(['a'], { server: 'one' }),
    aBody({ server: 'unsure', sync_status: 'UNKNOWN', error: 'ssh' }),
    aBody({ server: 'fine', labels: { env: 'lab' } }),
  ]);
}

async function serversAt(path: string): Promise<unknown[]> {
  const rows = (await at.json(path)) as readonly { readonly server: string }[];
  return rows.map(({ server }) => server);
}

describe('a mute', () => {
  test('is made, listed with what it matches now, changed, and ended', async () => {
    await aFleet();
    const answer = await mute({ repo: 'rsyslog', labels: { env: 'lab' } });
    expect(answer.status).toBe(201);
    const made = { ...Object(await answer.json()) };
    expect(made).toEqual({
      id: 1,
      status: 'active',
      repo: ['rsyslog'],
      server: null,
      labels: { env: ['lab'] },
      file: null,
      cause: null,
      state: null,
      reason: 'new edge',
      by: 'alice',
      by_verified: false,
      created_at: iso(NOON),
      starts_at: iso(NOON),
      ends_at: iso(NOON + DAY),
      until_in_sync: false,
      ended_at: null,
      ended_by: null,
      matches: null,
    });
    const matches = {
      targets: 2,
      incidents: 1,
      first_targets: [
        { name: 'rsyslog on both', repo: 'rsyslog', server: 'both' },
        { name: 'rsyslog on fine', repo: 'rsyslog', server: 'fine' },
      ],
      first_incidents: [{ id: 1, name: 'rsyslog on both', repo: 'rsyslog', server: 'both' }],
    };
    expect(await at.json('/api/v1/mutes')).toEqual([{ ...made, matches }]);
    expect(await at.json('/api/v1/mutes/1')).toEqual({ ...made, matches });
    const csv = await (await at.get('/api/v1/mutes?format=csv')).text();
    expect(csv).toContain(',2,1,rsyslog on both; rsyslog on fine,rsyslog on both\r\n');

    at.now += MINUTE;
    const change = { file: 'a', labels: null, reason: 'longer', ends_at: iso(NOON + 2 * DAY), by: 'bob' };
    expect(await (await send('PATCH', '/api/v1/mutes/1', change)).json()).toEqual({
      ...made,
      labels: null,
      file: ['a'],
      reason: 'longer',
      by: 'bob',
      ends_at: iso(NOON + 2 * DAY),
    });
    expect(await at.json('/api/v1/mutes/1')).toMatchObject({ matches: { targets: 1, incidents: 1 } });

    const ended = { status: 'ended', ended_at: iso(at.now), ended_by: 'carol' };
    for (const by of ['carol', 'dave'])
      expect(await (await send('DELETE', `/api/v1/mutes/1?by=${by}`)).json()).toMatchObject(ended);
    expect(await at.json('/api/v1/mutes')).toMatchObject([{ ...ended, matches: null }]);
    expect(await at.json('/api/v1/mutes?status=active')).toEqual([]);
    expect(await at.json('/api/v1/mutes?status=ended&limit=5')).toHaveLength(1);
  });

  test('has the name of the token that makes it, whatever name is typed', async () => {
    const token = aToken({ name: 'chatops', scopes: ['act', 'read'] });
    at.service.tokens.declare([token.token]);
    const answer = await at.post({ ...terms, repo: '*' }, '/api/v1/mutes', token.bearer);
    expect(await answer.json()).toMatchObject({ by: 'chatops', by_verified: true });
  });

  test('without a name is refused if nothing else identifies its maker', async () => {
    const problem = await problemOf(await mute({ repo: 'a', by: undefined }));
    expect(problem).toMatchObject({ status: 422, errors: [{ parameter: 'by' }] });
    expect(problem.detail).toContain('by: is required: your name');
  });

  test.each([
    [{}, '', /needs at least one of/],
    [{ repo: [] }, '/repo', /must not be empty/],
    [{ repo: 'a,b' }, '/repo', /Write several as a list/],
    [{ repo: 'a', labels: { Env: 'x' } }, '/labels/Env', /lower-case/],
    [{ cause: 'somebody' }, '/cause', /must be one of host_changed, commit_not_applied/],
    [{ state: 'SYNCED' }, '/state', /must be one of OUT_OF_SYNC, UNKNOWN, STALE/],
    [{ file: 'a', state: 'STALE' }, '/state', /covers incidents only/],
    [{ repo: 'a', reason: ' ' }, '/reason', /must not be empty/],
    [{ repo: 'a', reason: undefined }, '/reason', /is required/],
    [{ repo: 'a', ends_at: undefined }, '/ends_at', /is required/],
    [{ repo: 'a', ends_at: 'tomorrow' }, '/ends_at', /RFC 3339/],
    [{ repo: 'a', ends_at: iso(NOON) }, '/ends_at', /must be after now/],
    [{ repo: 'a', ends_at: iso(NOON + 91 * DAY) }, '/ends_at', /within 90 days/],
    [{ repo: 'a', starts_at: iso(NOON + 91 * DAY) }, '/starts_at', /within 90 days/],
  ])('is refused with what is wrong with it: %j', async (body, pointer, words) => {
    const problem = await problemOf(await mute(body));
    expect(problem.status).toBe(422);
    expect(problem.errors?.[0]).toMatchObject({ pointer, detail: expect.stringMatching(words) });
    expect(await at.json('/api/v1/mutes')).toEqual([]);
  });

  test('is refused with an unknown key, or a body that is no JSON', async () => {
    expect(await problemOf(await mute({ repos: 'a' }))).toMatchObject({ status: 422 });
    expect(await problemOf(await at.post('{', '/api/v1/mutes'))).toMatchObject({ status: 400 });
    const form = await at.post('repo=a', '/api/v1/mutes', { 'Content-Type': 'text/plain' });
    expect(await problemOf(form)).toMatchObject({ status: 415 });
    const large = await mute({ repo: 'a', reason: 'x'.repeat(40_000) });
    expect(await problemOf(large)).toMatchObject({ status: 413 });
  });

  test('may be a maintenance window: it is in force from its start', async () => {
    await aFleet();
    await mute({ repo: 'rsyslog', starts_at: iso(NOON + 5 * MINUTE), ends_at: iso(NOON + 8 * MINUTE) });
    const muted = async () => serversAt('/api/v1/status?muted=true');
    expect(await muted()).toEqual([]);
    expect(await at.json('/api/v1/mutes')).toMatchObject([{ status: 'scheduled', matches: { targets: 4 } }]);
    at.now = NOON + 5 * MINUTE;
    expect(await muted()).toHaveLength(4);
    at.now = NOON + 8 * MINUTE;
    expect(await muted()).toEqual([]);
  });

  test('never began in the past, so it changes no answer about the past', async () => {
    await aFleet();
    at.now = NOON + 5 * MINUTE;
    const made = await (await mute({ repo: '*', starts_at: iso(NOON - HOUR) })).json();
    expect(made).toMatchObject({ starts_at: iso(at.now) });
    expect(await serversAt(`/api/v1/status?muted=true&at=${iso(NOON + MINUTE)}`)).toEqual([]);
    at.now += MINUTE;
    await send('DELETE', '/api/v1/mutes/1');
    expect(await serversAt(`/api/v1/status?muted=true&at=${iso(at.now - MINUTE)}`)).toHaveLength(4);
    await send('DELETE', '/api/v1/mutes/1');
  });

  test('until in sync again is over for each target at its first SYNCED', async () => {
    await aFleet();
    const made = await mute({ repo: '*', ends_at: undefined, until_in_sync: true });
    expect(await made.json()).toMatchObject({ ends_at: iso(NOON + 90 * DAY), until_in_sync: true });
    expect(await serversAt('/api/v1/status?muted=true')).toEqual(['both', 'one', 'unsure']);
    at.now = NOON + 2 * MINUTE;
    await at.post(aBody({ server: 'one', last_check: iso(NOON + MINUTE) }));
    await at.post(aDrift(['a'], { server: 'one', last_check: iso(NOON + 2 * MINUTE) }));
    expect(await serversAt('/api/v1/status?muted=true')).toEqual(['both', 'unsure']);
    expect(await at.json('/api/v1/mutes/1')).toMatchObject({ matches: { targets: 2, incidents: 1 } });
  });

  test('until in sync again is refused for targets in sync, with what to do', async () => {
    await aFleet();
    const answer = await mute({ server: 'fine', ends_at: undefined, until_in_sync: true });
    expect(await problemOf(answer)).toMatchObject({
      status: 409,
      detail: expect.stringContaining('Everything that it matches is in sync now'),
    });
  });

  test('that is over cannot be changed; one that does not exist is not found', async () => {
    await mute({ repo: 'a' });
    at.now = NOON + DAY;
    expect(await problemOf(await send('PATCH', '/api/v1/mutes/1', { by: 'bob' }))).toMatchObject({
      status: 422,
    });
    const change = { by: 'bob', ends_at: iso(NOON + 2 * DAY) };
    expect(await problemOf(await send('PATCH', '/api/v1/mutes/1', change))).toMatchObject({ status: 409 });
    for (const [method, body] of [['GET'], ['PATCH', change], ['DELETE']] as const)
      expect(await problemOf(await send(method, '/api/v1/mutes/7', body))).toMatchObject({ status: 404 });
    expect((await send('GET', '/api/v1/mutes/x')).status).toBe(422);
  });

  test('keeps its start if it has begun, and can be prolonged by 90 days from now', async () => {
    await mute({ repo: 'a', ends_at: iso(NOON + 90 * DAY) });
    at.now = NOON + 80 * DAY;
    const change = (body: object) => send('PATCH', '/api/v1/mutes/1', { by: 'bob', ...body });
    expect((await change({ ends_at: iso(NOON + 171 * DAY) })).status).toBe(422);
    expect(
      await (await change({ starts_at: iso(NOON - DAY), ends_at: iso(NOON + 170 * DAY) })).json(),
    ).toMatchObject({ starts_at: iso(NOON), ends_at: iso(NOON + 170 * DAY) });
  });
});

describe('the matches of a mute', () => {
  test.each([
    ['repo=rsyslog', 4, 2],
    ['repo=rsyslog&file=a', 1, 1],
    ['repo=rsyslog&file=a&file=b', 2, 2],
    ['label=env:lab', 2, 1],
    ['label=env:lab&state=UNKNOWN', 0, 0],
    ['state=UNKNOWN', 1, 0],
    ['cause=unknown', 2, 2],
    ['cause=host_changed', 0, 0],
    ['server=f*&server=un*', 2, 0],
    ['repo=rsyslog&until_in_sync=true', 3, 2],
  ])('are known before it is made: %s', async (query, targets, incidents) => {
    await aFleet();
    expect(await at.json(`/api/v1/mutes/preview?${query}`)).toMatchObject({ targets, incidents });
    expect(await at.json('/api/v1/mutes')).toEqual([]);
  });

  test('have the first names of many, and count all', async () => {
    await at.post(Array.from({ length: 30 }, (_, i) => aDrift(['a'], { server: `s${i}` })));
    const preview = await at.json('/api/v1/mutes/preview?repo=rsyslog&file=a');
    expect(preview).toMatchObject({ targets: 30, incidents: 30 });
    expect(JSON.stringify(preview).match(/"server"/g)).toHaveLength(40);
  });

  test.each([
    ['', 'needs at least one'],
    ['repo=a,b', 'Write several as a list'],
    ['label=env', 'must be key:value'],
    ['file=a&state=STALE', 'incidents only'],
    ['what=a', 'is not a parameter'],
  ])('need the same rules as the mute itself: ?%s is refused', async (query, words) => {
    const problem = await problemOf(await at.get(`/api/v1/mutes/preview?${query}`));
    expect([problem.status, problem.detail]).toEqual([422, expect.stringContaining(words)]);
  });
});

describe('a muted drift', () => {
  const muted = {
    id: 1,
    until: iso(NOON + DAY),
    until_in_sync: false,
    by: 'alice',
    by_verified: false,
    reason: 'new edge',
  };

  test('is OUT_OF_SYNC, and marked, in every list', async () => {
    await aFleet();
    await mute({ server: 'one', file: 'a' });
    for (const path of ['/api/v1/status', '/status.json']) {
      expect(await at.json(`${path}?server=one`)).toMatchObject([{ state: 'OUT_OF_SYNC', muted }]);
      expect(await at.json(`${path}?server=both`)).toMatchObject([{ state: 'OUT_OF_SYNC', muted: null }]);
    }
    expect(await at.json('/api/v1/incidents?server=one')).toMatchObject([{ muted }]);
    expect(await at.json('/api/v1/incidents?server=both')).toMatchObject([{ muted: null }]);
    const flat = { muted: true, muted_until: muted.until, muted_by: 'alice', muted_reason: 'new edge' };
    expect(await at.json('/grafana/status?server=one')).toMatchObject([{ state: 'OUT_OF_SYNC', ...flat }]);
    expect(await at.json('/grafana/incidents?server=one')).toMatchObject([{ open: true, ...flat }]);
    const csv = await (await at.get('/api/v1/status?server=one&format=csv')).text();
    expect(csv).toMatch(/muted_id,muted_until,muted_until_in_sync,muted_by,muted_by_verified,muted_reason/);
  });

  test.each(['/api/v1/status', '/status.json', '/api/v1/incidents', '/grafana/status', '/grafana/incidents'])(
    'is left out of %s by muted=false, and alone there with muted=true',
    async (path) => {
      await aFleet();
      await mute({ server: 'one', file: 'a' });
      const all = await serversAt(path);
      expect(all).toContain('one');
      expect(await serversAt(`${path}?muted=true`)).toEqual(['one']);
      expect(await serversAt(`${path}?muted=false`)).toEqual(all.filter((server) => server !== 'one'));
      for (const none of ['', '${muted}']) expect(await serversAt(`${path}?muted=${none}`)).toEqual(all);
      expect(await serversAt(`${path}?muted=true&limit=1`)).toEqual(['one']);
      const first = all.find((server) => server !== 'one');
      expect(await serversAt(`${path}?muted=false&limit=1`)).toEqual([first]);
      expect((await at.get(`${path}?muted=maybe`)).status).toBe(422);
    },
  );

  test('is marked in the metrics, and as out of sync as before', async () => {
    await aFleet();
    await mute({ server: 'one' });
    const metrics = await (await at.get('/metrics')).text();
    expect(metrics.match(/^gitops_target_muted\{.*/gm)).toEqual([
      'gitops_target_muted{repo="rsyslog",server="one"} 1',
    ]);
    expect(metrics).toContain('gitops_sync_status{repo="rsyslog",server="one"} 0');
    at.now = NOON + DAY;
    expect(await (await at.get('/metrics')).text()).not.toMatch(/^gitops_target_muted\{/m);
  });

  test('that is resolved is no longer muted', async () => {
    await aFleet();
    await mute({ server: 'one' });
    at.now = NOON + MINUTE;
    await at.post(aBody({ server: 'one', last_check: iso(at.now) }));
    expect(await at.json('/api/v1/incidents?server=one')).toMatchObject([{ muted: null }]);
    expect(await serversAt('/api/v1/incidents?muted=true')).toEqual([]);
    // The target still is: this is its state while the mute is in force.
    expect(await at.json('/api/v1/status?server=one')).toMatchObject([{ state: 'SYNCED', muted }]);
  });

  test('is no alert in rules about unmuted targets, and keeps its row', async () => {
    await aFleet();
    await mute({ server: 'one' });
    const alerts = async (query: string) => {
      const rows = (await at.json(`/grafana/alerts?${query}`)) as { server: string; value: number }[];
      return Object.fromEntries(rows.map(({ server, value }) => [server, value]));
    };
    expect(await alerts('')).toEqual({ both: 1, fine: 0, one: 1, unsure: 1 });
    expect(await alerts('muted=false')).toEqual({ both: 1, fine: 0, one: 0, unsure: 1 });
    expect(await alerts('muted=true')).toEqual({ both: 0, fine: 0, one: 1, unsure: 0 });
    expect(await alerts('muted=false&condition=out_of_sync')).toEqual({
      both: 1,
      fine: 0,
      one: 0,
      unsure: 0,
    });
  });

  test('is no alert by its incident, even if the target is silent as well, and no mute matches no_report', async () => {
    await aFleet();
    await mute({ server: 'one', file: 'a' });
    at.now = NOON + DAY / 2;
    const alerts = async (query: string) => {
      const rows = (await at.json(`/grafana/alerts?${query}`)) as { server: string; value: number }[];
      return Object.fromEntries(rows.map(({ server, value }) => [server, value > 0]));
    };
    expect(await alerts('condition=open_incident')).toMatchObject({ both: true, fine: false, one: true });
    expect(await alerts('condition=open_incident&muted=false')).toMatchObject({ both: true, one: false });
    expect(await alerts('condition=open_incident&muted=true')).toMatchObject({ both: false, one: true });
    const ofAll = await at.json('/grafana/alerts?condition=no_report');
    expect(ofAll).toMatchObject([{ server: null }]);
    expect(await at.json('/grafana/alerts?condition=no_report&muted=false')).toEqual(ofAll);
  });

  test.each(['/grafana/status?sort=urgency', '/grafana/incidents?sort=open'])(
    'is left out of %s by muted=false, and alone there with muted=true',
    async (path) => {
      await aFleet();
      await mute({ server: 'one', file: 'a' });
      const all = await serversAt(path);
      expect(all).toContain('one');
      expect(await serversAt(`${path}&muted=true`)).toEqual(['one']);
      expect(await serversAt(`${path}&muted=true&limit=1`)).toEqual(['one']);
      expect(await serversAt(`${path}&muted=false`)).toEqual(all.filter((server) => server !== 'one'));
    },
  );

  test('was not muted before its mute: Grafana gets what was true at the requested instant', async () => {
    await aFleet();
    at.now = NOON + MINUTE;
    await mute({ server: 'one' });
    const rowAt = (instant: number) => at.json(`/grafana/status?server=one&at=${iso(instant)}`);
    expect(await rowAt(NOON)).toMatchObject([{ muted: false }]);
    expect(await rowAt(NOON + MINUTE)).toMatchObject([{ muted: true }]);
    expect(await serversAt(`/grafana/status?muted=true&at=${iso(NOON)}`)).toEqual([]);
  });

  test('changes no history and no compliance', async () => {
    await aFleet();
    at.now = NOON + MINUTE;
    const paths = ['/api/v1/timeline', '/api/v1/compliance', '/api/v1/files', '/api/v1/reports'];
    const ask = async () => Promise.all(paths.map((path) => at.json(path)));
    const before = await ask();
    await mute({ repo: '*' });
    expect(await ask()).toEqual(before);
  });

  test('by file is no longer muted if it also falls silent: STALE is told', async () => {
    await at.post(aDrift(['a'], { server: 'one' }));
    await mute({ server: 'one', file: 'a' });
    expect(await at.json('/api/v1/status')).toMatchObject([{ state: 'OUT_OF_SYNC', muted }]);
    at.now = NOON + HOUR;
    expect(await at.json('/api/v1/status')).toMatchObject([{ state: 'STALE', muted: null }]);
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ muted }]);
    expect(await serversAt('/api/v1/status?muted=true')).toEqual([]);
  });

  test('is no longer muted if a file joins that the mute does not name', async () => {
    await at.post(aDrift(['a'], { server: 'one' }));
    await mute({ server: 'one', file: 'a' });
    at.now = NOON + MINUTE;
    await at.post(aDrift(['a', 'b'], { server: 'one', last_check: iso(at.now) }));
    expect(await at.json('/api/v1/status')).toMatchObject([{ muted: null }]);
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ muted: null }]);
  });

  test('is not muted by its files if a finding counted more than it named', async () => {
    await at.post(aDrift(['a'], { server: 'one', drift_count: 2 }));
    await mute({ server: 'one', file: '*' });
    expect(await at.json('/api/v1/status')).toMatchObject([{ muted: null }]);
  });
});

test('a cached answer ends with the mute in it', async () => {
  await at.post(aDrift(['a'], { server: 'one', stale_after_s: 86_400 }));
  await mute({ server: 'one', ends_at: iso(NOON + MINUTE) });
  const row = async () => at.json('/api/v1/status');
  expect(await row()).toMatchObject([{ muted: { id: 1 } }]);
  at.now = NOON + MINUTE - 1;
  expect(await row()).toMatchObject([{ muted: { id: 1 } }]);
  at.now = NOON + MINUTE;
  expect(await row()).toMatchObject([{ muted: null }]);
});
