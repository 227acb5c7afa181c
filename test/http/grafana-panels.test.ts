import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { anHour, minute, type Row, time } from './report-hour.ts';
import { aBody, aDrift, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const rows = async (path: string) => (await at.json(path)) as Row[];

describe('panels about now', () => {
  test('status: a flat row per target', async () => {
    await anHour(at);
    expect(await rows('/grafana/status')).toEqual([
      expect.objectContaining({
        server: 'prod',
        state: 'SYNCED',
        state_code: 0,
        in_state_s: 3300,
        files: null,
      }),
      {
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        state: 'STALE',
        state_code: 3,
        sync_status: 'SYNCED',
        drift_count: null,
        files: null,
        since: minute(30),
        in_state_s: 1800,
        next: 'the operator of the pipeline: make the check run and report',
        last_check: minute(20),
        stale_at: minute(30),
        last_synced_at: minute(20),
        cause: null,
        error: null,
        run_url: null,
        commit: 'bbbb',
        branch: null,
        muted: false,
        muted_until: null,
        muted_by: null,
        muted_reason: null,
        acknowledged_by: null,
      },
    ]);
    await at.post(aDrift(['x', 'y'], { commit: 'bbbb', last_check: minute(60) }));
    expect(await rows('/grafana/status?state=OUT_OF_SYNC')).toMatchObject([
      { files: 'x, y', state_code: 1, cause: 'host_changed', in_state_s: 0 },
    ]);
  });

  test('alerts: how long an incident is open, even if the checks since could not tell', async () => {
    await at.post(aDrift(['a'], { last_check: minute(0) }));
    at.now += 20 * MINUTE;
    await at.post(aBody({ sync_status: 'UNKNOWN', last_check: minute(20) }));
    expect(await rows('/grafana/alerts?condition=open_incident')).toMatchObject([{ value: 1200 }]);
    at.now += MINUTE;
    await at.post(aBody({ last_check: minute(21) }));
    expect(await rows('/grafana/alerts?condition=open_incident')).toMatchObject([{ value: 0 }]);
  });

  test('alerts: how long ago anything was reported, and no row if nothing ever was', async () => {
    expect(await rows('/grafana/alerts?condition=no_report')).toEqual([]);
    await at.post(aBody({ last_check: minute(0) }));
    await at.post(aBody({ server: 'prod', last_check: minute(0) }));
    at.now += 61 * MINUTE;
    const [row, ...more] = await rows('/grafana/alerts?condition=no_report');
    expect(row).toEqual({ repo: null, server: null, value: 3660 });
    expect(more).toEqual([]);
  });

  test('status and summary: at an instant', async () => {
    await anHour(at);
    const lab = '/grafana/status?server=rsyslog-lab&fields=state,files,in_state_s';
    expect(await rows(`${lab}&at=${time(15)}`)).toEqual([
      { state: 'OUT_OF_SYNC', files: 'x, y', in_state_s: 300 },
    ]);
    expect(await rows(`${lab}&at=${time(25)}`)).toMatchObject([{ state: 'SYNCED', files: null }]);
    expect(await rows(`${lab}&at=now`)).toMatchObject([{ state: 'STALE' }]);
    expect(await rows(`${lab}&state=out_of_sync&at=${time(15)}`)).toHaveLength(1);
    const then = await rows(`/grafana/summary?at=${time(15)}&from=${time(0)}`);
    expect(then).toMatchObject([
      { targets: 2, synced: 1, out_of_sync: 1, stale: 0, open_incidents: 1, drifted_files: 2 },
    ]);
    // lab: ten minutes of fifteen; prod: the ten that are known.
    expect(then[0]?.in_sync_ratio).toBeCloseTo(20 / 25);
    expect(await rows(`/grafana/summary?from=${time(0)}`)).toMatchObject([
      { synced: 1, stale: 1, open_incidents: 0 },
    ]);
  });

  test('status: the worst comes first if asked for', async () => {
    await anHour(at);
    await at.post(aDrift(['x'], { server: 'zoe', last_check: minute(60) }));
    const servers = async (query: string) =>
      (await rows(`/grafana/status?${query}`)).map((row) => row.server);
    expect(await servers('')).toEqual(['prod', 'rsyslog-lab', 'zoe']);
    expect(await servers('sort=urgency')).toEqual(['zoe', 'rsyslog-lab', 'prod']);
    expect(await servers('sort=urgency&limit=1')).toEqual(['zoe']);
  });

  test('summary: always exactly one row', async () => {
    const nothing = {
      synced: 0,
      out_of_sync: 0,
      unknown: 0,
      stale: 0,
      open_incidents: 0,
      drifted_files: 0,
      uncounted: 0,
    };
    expect(await rows('/grafana/summary')).toEqual([
      { targets: 0, ...nothing, in_sync_ratio: null, coverage: null },
    ]);
    await anHour(at);
    await at.post(aDrift(['x', 'y'], { last_check: minute(59), server: 'third' }));
    await at.post(aBody({ sync_status: 'UNKNOWN', last_check: minute(59), server: 'fourth' }));
    expect(await rows('/grafana/summary')).toEqual([
      {
        targets: 4,
        synced: 1,
        out_of_sync: 1,
        unknown: 1,
        stale: 1,
        open_incidents: 1,
        drifted_files: 2,
        uncounted: 0,
        in_sync_ratio: (20 + 55) / (30 + 55 + 1),
        coverage: (30 + 55 + 1) / (60 + 55 + 2),
      },
    ]);
  });

  test('status and summary: unknown is null, never 0', async () => {
    at.now = NOON + MINUTE;
    await at.post(aDrift([], { server: 'somehow' }));
    expect(await rows('/grafana/status')).toMatchObject([{ drift_count: null, files: null }]);
    expect(await rows('/grafana/summary')).toMatchObject([{ out_of_sync: 1, drifted_files: null }]);
    await at.post(aDrift(['a'], { server: 'known', drift_count: 3 }));
    expect(await rows('/grafana/summary')).toMatchObject([{ out_of_sync: 2, drifted_files: 3 }]);
    const series = await rows(`/grafana/series?from=${NOON}&server=somehow`);
    expect(new Set(series.map(({ drift_count }) => drift_count))).toEqual(new Set([null]));
    expect(await rows(`/grafana/annotations?from=${NOON}`)).toMatchObject([
      { text: 'a' },
      { text: 'no file named' },
    ]);
  });

  test.each([
    ['not_synced', [0, 1]],
    ['stale', [0, 1]],
    ['out_of_sync', [0, 0]],
    ['unknown', [0, 0]],
  ])('alerts: one number per target for %s, none left out', async (condition, values) => {
    await anHour(at);
    const alerts = await rows(`/grafana/alerts?condition=${condition}`);
    expect(alerts.map((row) => Object.keys(row))).toEqual(Array(2).fill(['repo', 'server', 'value']));
    expect(alerts.map(({ value }) => value)).toEqual(values);
  });

  test('variables: repos, and the servers of some of them', async () => {
    for (const [repo, server] of [
      ['b', '1'],
      ['a', '1'],
      ['a', '2'],
    ])
      await at.post(aBody({ repo, server }));
    const values = async (path: string) => (await rows(path)).map(({ text, value }) => [text, value]);
    expect(await values('/grafana/variables/repos')).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(await values('/grafana/variables/servers')).toEqual([
      ['1', '1'],
      ['2', '2'],
    ]);
    expect(await values('/grafana/variables/servers?repo={b}')).toEqual([['1', '1']]);
    expect(await values('/grafana/variables/servers?repo=*')).toHaveLength(2);
  });
});

describe('panels over time', () => {
  beforeEach(() => anHour(at));
  const range = `from=${time(0)}&to=${time(60)}`;
  const cells = async (path: string, key: string) =>
    (await rows(path)).map((row) => [(Number(row.time) - NOON) / MINUTE, row.server, row[key]]);

  test('state: edges, ascending, only if it changes', async () => {
    expect(await cells(`/grafana/state?${range}&shape=edges`, 'state')).toEqual([
      [0, 'rsyslog-lab', 0],
      [5, 'prod', 0],
      [10, 'rsyslog-lab', 1],
      [20, 'rsyslog-lab', 0],
      [30, 'rsyslog-lab', 3],
    ]);
  });

  test('state: buckets that all targets share, none before a first report', async () => {
    expect(await cells(`/grafana/state?${range}&interval_ms=${15 * MINUTE}`, 'state')).toEqual([
      [0, 'prod', 0],
      [0, 'rsyslog-lab', 1],
      [15, 'prod', 0],
      [15, 'rsyslog-lab', 1],
      [30, 'prod', 0],
      [30, 'rsyslog-lab', 3],
      [45, 'prod', 0],
      [45, 'rsyslog-lab', 3],
    ]);
  });

  test('state: a drift shorter than a bucket is still seen', async () => {
    const day = `from=${time(-24 * 60)}&to=${time(60)}`;
    const codes = (await cells(`/grafana/state?${day}&max_points=2&server=rsyslog-lab`, 'state')).map(
      ([, , code]) => code,
    );
    expect(codes).toContain(1);
    expect(codes.length).toBeLessThanOrEqual(2);
  });

  test('state: at most max_points buckets, for any range and interval', async () => {
    for (const points of [1, 2, 3, 7, 50, 1000]) {
      const all = await rows(
        `/grafana/state?from=${time(-1)}&to=${time(60)}&max_points=${points}&interval_ms=1`,
      );
      expect(new Set(all.map((row) => row.time)).size).toBeLessThanOrEqual(points);
    }
  });

  test('series: the drift of each target, null while it is not known', async () => {
    expect(
      await cells(`/grafana/series?${range}&interval_ms=${20 * MINUTE}&server=rsyslog-lab`, 'drift_count'),
    ).toEqual([
      [0, 'rsyslog-lab', 2],
      [20, 'rsyslog-lab', null],
      [40, 'rsyslog-lab', null],
    ]);
  });

  test('series: how many targets are in each state', async () => {
    expect(await rows(`/grafana/series?${range}&by=state&interval_ms=${20 * MINUTE}`)).toEqual([
      { time: time(0), synced: 1, out_of_sync: 1, unknown: 0, stale: 0 },
      { time: time(20), synced: 1, out_of_sync: 0, unknown: 0, stale: 1 },
      { time: time(40), synced: 1, out_of_sync: 0, unknown: 0, stale: 1 },
    ]);
  });

  test('annotations: incidents and new commits, ascending', async () => {
    expect(await rows(`/grafana/annotations?${range}`)).toEqual([
      {
        time: time(10),
        timeEnd: time(20),
        title: 'rsyslog drifted on rsyslog-lab',
        text: 'x, y',
        tags: 'incident,host_changed',
      },
      {
        time: time(20),
        timeEnd: null,
        title: 'rsyslog moved to bbbb',
        text: expect.stringContaining('bbbb'),
        tags: 'deploy',
      },
    ]);
  });

  test('incidents, files, compliance: flat', async () => {
    expect(await rows('/grafana/incidents')).toMatchObject([{ files: 'x, y', open: false, duration_s: 600 }]);
    expect(await rows('/grafana/files')).toMatchObject([{ name: 'x', open: false }, { name: 'y' }]);
    expect(await rows('/grafana/compliance?group_by=repo')).toMatchObject([
      { repo: 'rsyslog', server: null },
    ]);
  });

  test('reports: pages as the plugin reads them', async () => {
    const first = (await at.json(`/grafana/reports?limit=3&from=${time(0)}`)) as {
      rows: Row[];
      next_cursor: string;
    };
    expect(first.rows.map((row) => row.time)).toEqual([time(20), time(20), time(10)]);
    expect(first.rows[2]).toEqual({
      time: time(10),
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      sync_status: 'OUT_OF_SYNC',
      drift_count: 2,
      files: 'x, y',
      commit: 'aaaa',
      branch: null,
      run_url: 'https://ci.example/1',
      tool: null,
      duration_ms: null,
      error: null,
      error_kind: null,
      received_at: time(60),
    });
    const second = await at.json(`/grafana/reports?limit=3&from=${time(0)}&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ rows: [{ time: time(5) }, { time: time(0) }], next_cursor: null });
  });
});

describe('panels over time, of groups', () => {
  const over = `from=${time(0)}&to=${time(60)}&interval_ms=${30 * MINUTE}`;

  test('series by repo: targets per state, of each repo', async () => {
    await anHour(at);
    await at.post(aDrift(['x'], { repo: 'web', server: 'prod', last_check: minute(45) }));
    expect(await rows(`/grafana/series?by=repo&${over}`)).toEqual([
      { time: time(0), repo: 'rsyslog', synced: 1, out_of_sync: 1, unknown: 0, stale: 0 },
      { time: time(0), repo: 'web', synced: 0, out_of_sync: 0, unknown: 0, stale: 0 },
      { time: time(30), repo: 'rsyslog', synced: 1, out_of_sync: 0, unknown: 0, stale: 1 },
      { time: time(30), repo: 'web', synced: 0, out_of_sync: 1, unknown: 0, stale: 0 },
    ]);
  });

  test('trend: compliance, and the time to resolve, per bucket', async () => {
    await anHour(at);
    const group = { repo: null, server: null };
    expect(await rows(`/grafana/trend?${over}`)).toEqual([
      {
        ...group,
        time: time(0),
        // lab: 20 of 30 minutes; prod: the 25 since its first report.
        in_sync_ratio: 45 / 55,
        coverage: 1,
        resolved: 1,
        mean_time_to_resolve_s: 600,
        median_time_to_resolve_s: 600,
      },
      {
        ...group,
        time: time(30),
        in_sync_ratio: 1,
        coverage: 0.5,
        resolved: 0,
        mean_time_to_resolve_s: null,
        median_time_to_resolve_s: null,
      },
    ]);
    const byRepo = await rows(`/grafana/trend?${over}&group_by=repo&fields=time,repo,resolved`);
    expect(byRepo).toEqual([
      { time: time(0), repo: 'rsyslog', resolved: 1 },
      { time: time(30), repo: 'rsyslog', resolved: 0 },
    ]);
  });

  test('compliance: the worst first, if asked for', async () => {
    await anHour(at);
    await at.post(aBody({ repo: 'a', server: 'z', last_check: minute(50) }));
    const repos = async (query: string) =>
      (await rows(`/grafana/compliance?group_by=repo&from=${time(0)}&to=${time(60)}${query}`)).map(
        (row) => row.repo,
      );
    expect(await repos('')).toEqual(['a', 'rsyslog']);
    expect(await repos('&sort=worst')).toEqual(['rsyslog', 'a']);
    expect(await repos('&sort=worst&limit=1')).toEqual(['rsyslog']);
  });
});
