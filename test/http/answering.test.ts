import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const minute = (n: number) => iso(NOON + n * MINUTE);

/** In sync at 0, drifted by a hand at 10, repaired by a deploy at 20, silent from 30, back at 60. */
async function aDay(): Promise<void> {
  at.now = NOON + HOUR;
  const run = (n: number) => ({ last_check: minute(n), run_url: `https://ci.example/${n}` });
  await at.post([
    aBody({ commit: 'a', ...run(0) }),
    aDrift(['rsyslog.conf'], { commit: 'a', ...run(10) }),
    aDrift(['rsyslog.conf', 'x'], { commit: 'a', ...run(15) }),
    aBody({ commit: 'b', ...run(20) }),
  ]);
}

describe('status', () => {
  test("is the seed's object, and what the history adds to it", async () => {
    at.now = NOON + MINUTE;
    await at.post(aBody({ commit: 'a', branch: 'main', run_url: 'https://ci.example/1' }));
    expect(await at.json('/status.json')).toEqual([
      {
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        sync_status: 'SYNCED',
        drift_count: 0,
        files: [],
        last_check: minute(0),
        state: 'SYNCED',
        since: minute(0),
        stale_at: minute(10),
        received_at: minute(1),
        last_synced_at: minute(0),
        commit: 'a',
        branch: 'main',
        run_url: 'https://ci.example/1',
        error: null,
        error_kind: null,
        incident: null,
      },
    ]);
  });

  test('turns STALE when the next report is overdue, and stays what was reported beside it', async () => {
    await at.post(aBody({ expected_interval_s: 120 }));
    at.now = NOON + 6 * MINUTE - 1;
    expect(await at.json('/status.json')).toMatchObject([{ state: 'SYNCED', since: minute(0) }]);
    at.now = NOON + 6 * MINUTE;
    expect(await at.json('/status.json')).toMatchObject([
      { state: 'STALE', since: minute(6), stale_at: minute(6), sync_status: 'SYNCED' },
    ]);
  });

  test('says why it does not know', async () => {
    await at.post(aBody({ sync_status: 'UNKNOWN', error: 'ssh: no route', error_kind: 'unreachable' }));
    expect(await at.json('/status.json')).toMatchObject([
      { state: 'UNKNOWN', error: 'ssh: no route', error_kind: 'unreachable', last_synced_at: null },
    ]);
  });

  test('with at is what was true then', async () => {
    await aDay();
    expect(await at.json(`/api/v1/status?at=${minute(-1)}`)).toEqual([]);
    expect(await at.json(`/api/v1/status?at=${minute(17)}`)).toMatchObject([
      {
        state: 'OUT_OF_SYNC',
        since: minute(10),
        last_check: minute(15),
        last_synced_at: minute(0),
        files: [{ name: 'rsyslog.conf' }, { name: 'x' }],
        incident: { opened_at: minute(10), cause: 'host_changed' },
      },
    ]);
    expect(await at.json(`/api/v1/status?at=${NOON / 1000 + 20 * 60}`)).toMatchObject([{ state: 'SYNCED' }]);
    expect(await at.json(`/api/v1/status?at=${NOON + 35 * MINUTE}`)).toMatchObject([
      { state: 'STALE', since: minute(30) },
    ]);
  });

  test('with at in the future is what is true now: nobody knows more', async () => {
    await at.post(aBody());
    expect(await at.json(`/status.json?at=${iso(NOON + 100 * HOUR)}`)).toMatchObject([{ state: 'SYNCED' }]);
  });

  test('and reports show what a clock ahead of ours has seen, the timeline does not yet', async () => {
    await at.post(aDrift(['a'], { last_check: minute(4) }));
    expect(await at.json('/status.json')).toMatchObject([{ state: 'OUT_OF_SYNC', last_check: minute(4) }]);
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ last_check: minute(4) }] });
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ opened_at: minute(4), duration_s: 0 }]);
    expect(await at.json('/api/v1/timeline')).toEqual([]);
  });

  test('is not sent again to whoever has it, until something changes', async () => {
    await at.post(aBody());
    const first = await at.get('/status.json');
    const tag = first.headers.get('ETag') ?? '';
    const again = await at.get('/status.json', { 'If-None-Match': tag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    at.now += HOUR;
    expect((await at.get('/status.json', { 'If-None-Match': tag })).status).toBe(200);
  });
});

describe('history', () => {
  beforeEach(aDay);

  test('timeline: what was true when, silence included', async () => {
    await at.post(aBody({ commit: 'b', last_check: minute(60) }));
    at.now = NOON + 61 * MINUTE;
    const target = { repo: 'rsyslog', server: 'rsyslog-lab' };
    expect(await at.json(`/api/v1/timeline?from=${minute(5)}`)).toEqual([
      { ...target, state: 'SYNCED', from: minute(5), to: minute(10), drift_count: 0, files: [], commit: 'a' },
      {
        ...target,
        state: 'OUT_OF_SYNC',
        from: minute(10),
        to: minute(15),
        drift_count: 1,
        files: ['rsyslog.conf'],
        commit: 'a',
      },
      {
        ...target,
        state: 'OUT_OF_SYNC',
        from: minute(15),
        to: minute(20),
        drift_count: 2,
        files: ['rsyslog.conf', 'x'],
        commit: 'a',
      },
      {
        ...target,
        state: 'SYNCED',
        from: minute(20),
        to: minute(30),
        drift_count: 0,
        files: [],
        commit: 'b',
      },
      {
        ...target,
        state: 'STALE',
        from: minute(30),
        to: minute(60),
        drift_count: null,
        files: [],
        commit: null,
      },
      {
        ...target,
        state: 'SYNCED',
        from: minute(60),
        to: minute(61),
        drift_count: 0,
        files: [],
        commit: 'b',
      },
    ]);
  });

  test('incidents: opened, resolved, how long and why', async () => {
    expect(await at.json('/api/v1/incidents')).toEqual([
      {
        id: 1,
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        opened_at: minute(10),
        resolved_at: minute(20),
        duration_s: 600,
        cause: 'host_changed',
        max_drift_count: 2,
        files: ['rsyslog.conf', 'x'],
        opened_commit: 'a',
        resolved_commit: 'b',
        opened_run_url: 'https://ci.example/10',
        resolved_run_url: 'https://ci.example/20',
      },
    ]);
  });

  test('incidents: an open one has lasted until now', async () => {
    await at.post(aDrift(['y'], { commit: 'c', last_check: minute(50) }));
    expect(await at.json('/api/v1/incidents')).toMatchObject([
      { opened_at: minute(50), resolved_at: null, duration_s: 600, cause: 'commit_not_applied' },
      { id: 1 },
    ]);
  });

  test('files: which drift most', async () => {
    expect(await at.json('/api/v1/files')).toEqual([
      {
        name: 'rsyslog.conf',
        targets: 1,
        incidents: 1,
        drifted_s: 600,
        first_seen: minute(10),
        last_seen: minute(15),
        open: false,
      },
      {
        name: 'x',
        targets: 1,
        incidents: 1,
        drifted_s: 300,
        first_seen: minute(15),
        last_seen: minute(15),
        open: false,
      },
    ]);
  });

  test('compliance: per target, per repo and for all', async () => {
    await at.post(aBody({ repo: 'rsyslog', server: 'prod', last_check: minute(50) }));
    const totals = { unknown_s: 0, incidents: 1, mean_time_to_resolve_s: 600, median_time_to_resolve_s: 600 };
    const lab = {
      tracked_s: 3600,
      synced_s: 1200,
      out_of_sync_s: 600,
      stale_s: 1800,
      in_sync_ratio: 2 / 3,
      coverage: 0.5,
    };
    expect(await at.json('/api/v1/compliance')).toEqual([
      expect.objectContaining({
        repo: 'rsyslog',
        server: 'prod',
        tracked_s: 600,
        in_sync_ratio: 1,
        incidents: 0,
        mean_time_to_resolve_s: null,
      }),
      { repo: 'rsyslog', server: 'rsyslog-lab', ...lab, ...totals },
    ]);
    const both = {
      tracked_s: 4200,
      synced_s: 1800,
      out_of_sync_s: 600,
      stale_s: 1800,
      in_sync_ratio: 0.75,
      coverage: 2400 / 4200,
    };
    expect(await at.json('/api/v1/compliance?group_by=repo')).toEqual([
      { repo: 'rsyslog', server: null, ...both, ...totals },
    ]);
    expect(await at.json('/api/v1/compliance?group_by=all')).toEqual([
      { repo: null, server: null, ...both, ...totals },
    ]);
  });

  test('reports: newest first, page by page', async () => {
    const first = await at.json('/api/v1/reports?limit=3');
    expect(first).toMatchObject({
      rows: [{ last_check: minute(20) }, { last_check: minute(15) }, { last_check: minute(10) }],
      next_cursor: expect.any(String),
    });
    const { next_cursor: cursor } = first as { next_cursor: string };
    await at.post(aBody({ last_check: minute(59) }));
    expect(await at.json(`/api/v1/reports?limit=3&cursor=${cursor}`)).toMatchObject({
      rows: [{ last_check: minute(0) }],
      next_cursor: null,
    });
  });

  test('of a range that ends before it all is empty, and one that begins after its end is refused', async () => {
    for (const path of ['timeline', 'incidents', 'files', 'compliance']) {
      expect(await at.json(`/api/v1/${path}?from=${minute(-60)}&to=${minute(0)}`)).toEqual([]);
      const problem = await problemOf(await at.get(`/api/v1/${path}?from=${minute(30)}&to=${minute(5)}`));
      expect(problem.errors).toEqual([{ parameter: 'from', detail: 'must not be after to' }]);
    }
  });

  test('reaches no further than now, whatever is asked', async () => {
    const rows = await at.json(`/api/v1/timeline?from=0&to=${iso(NOON + 100 * HOUR)}`);
    expect(rows).toMatchObject([{ from: minute(0) }, {}, {}, {}, { state: 'STALE', to: minute(60) }]);
  });
});

describe('filters', () => {
  beforeEach(async () => {
    for (const [repo, server] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
    ])
      await at.post(aBody({ repo, server }));
    await at.post(aDrift(['f'], { repo: 'b', server: '2' }));
    at.now += MINUTE;
  });

  const names = async (path: string) =>
    ((await at.json(path)) as { repo: string; server: string }[]).map(
      ({ repo, server }) => `${repo}/${server}`,
    );

  test.each([
    ['repo=a', ['a/1', 'a/2']],
    ['repo=a,b&server=1', ['a/1', 'b/1']],
    ['repo=a&repo=b&server=1', ['a/1', 'b/1']],
    ['repo=', ['a/1', 'a/2', 'b/1', 'b/2']],
    ['state=OUT_OF_SYNC', ['b/2']],
    ['state=SYNCED,STALE&repo=b', ['b/1']],
    ['repo=nobody', []],
  ])('%s on status, timeline and compliance', async (query, expected) => {
    expect(await names(`/status.json?${query}`)).toEqual(expected);
    expect(await names(`/api/v1/timeline?${query}`)).toEqual(expected);
    expect(await names(`/api/v1/compliance?${query}`)).toEqual(expected);
  });

  test('on reports, incidents and files', async () => {
    expect(await at.json('/api/v1/reports?state=OUT_OF_SYNC')).toMatchObject({
      rows: [{ repo: 'b', server: '2' }],
    });
    expect(await at.json('/api/v1/reports?state=STALE')).toEqual({ rows: [], next_cursor: null });
    expect(await at.json('/api/v1/incidents?repo=a')).toEqual([]);
    expect(await names('/api/v1/incidents?state=OUT_OF_SYNC')).toEqual(['b/2']);
    expect(await at.json('/api/v1/incidents?state=SYNCED')).toEqual([]);
    expect(await at.json('/api/v1/files?server=2')).toMatchObject([{ name: 'f', open: true }]);
    expect(await at.json('/api/v1/files?server=1')).toEqual([]);
  });

  test('limit cuts a list short and says how long it is', async () => {
    const answer = await at.get('/status.json?limit=3');
    expect(await answer.json()).toHaveLength(3);
    expect(answer.headers.get('X-Total-Count')).toBe('4');
  });
});

const LISTS = [
  '/status.json',
  '/api/v1/status',
  '/api/v1/reports',
  '/api/v1/timeline',
  '/api/v1/incidents',
  '/api/v1/files',
  '/api/v1/compliance',
];

describe.each(LISTS)('%s', (path) => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=5001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['repo=a%20b', 'repo'],
    ['server=a,-b', 'server'],
    ['state=GREEN', 'state'],
    ['format=xml', 'format'],
    ['colour=red', 'colour'],
  ])('refuses %s by name', async (query, parameter) => {
    const answer = await at.get(`${path}?${query}`);
    expect(answer.status).toBe(422);
    const problem = await problemOf(answer);
    expect(problem.errors?.map((error) => error.parameter)).toEqual([parameter]);
    expect(problem.detail).toContain(parameter);
  });

  test('is empty, not an error, where nothing is known', async () => {
    const answer = await at.get(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(path.endsWith('reports') ? { rows: [], next_cursor: null } : []);
  });

  test('can be had as CSV, with a header line even where it is empty', async () => {
    const empty = await at.get(`${path}?format=csv`);
    expect(empty.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
    expect((await empty.text()).split('\r\n')).toHaveLength(2);
    await at.post(aDrift(['=1+1', 'b, c']));
    at.now += MINUTE;
    const lines = (await (await at.get(`${path}?format=csv`)).text()).trimEnd().split('\r\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join()).not.toMatch(/,=1/);
  });
});

describe('instants in a query', () => {
  test.each([
    ['2026-04-21T12:00:00Z'],
    ['2026-04-21T14:00:00%2B02:00'],
    ['2026-04-21T14:00:00+02:00'],
    [String(NOON)],
    [String(NOON / 1000)],
  ])('may be %s', async (from) => {
    at.now = NOON + HOUR;
    await at.post(aBody({ last_check: iso(NOON - MINUTE) }));
    expect(await at.json(`/api/v1/timeline?from=${from}`)).toMatchObject([
      { from: minute(0) },
      { state: 'STALE' },
    ]);
  });

  test.each([['yesterday'], ['2026-04-21'], ['-1'], ['1e9'], ['99999999999999999999']])(
    'may not be %s',
    async (from) => {
      const problem = await problemOf(await at.get(`/api/v1/timeline?from=${from}`));
      expect(problem.errors).toEqual([{ parameter: 'from', detail: expect.stringContaining('RFC 3339') }]);
    },
  );
});

describe('a cursor', () => {
  test.each([['x'], ['e30'], ['WzEsMl0']])('%j that nobody gave out is refused', async (cursor) => {
    const problem = await problemOf(await at.get(`/api/v1/reports?cursor=${cursor}`));
    expect(problem.errors).toMatchObject([{ parameter: 'cursor' }]);
  });
});
