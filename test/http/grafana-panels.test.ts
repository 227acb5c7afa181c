import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { anHour, minute, type Row, time } from './an-hour.ts';
import { aBody, aDrift, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const rows = async (path: string) => (await at.json(path)) as Row[];

describe('panels that show now', () => {
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

  test('status and summary: what is not known is null, never 0', async () => {
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

  test('state: edges, ascending, only where it changes', async () => {
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

  test('state: at most max_points buckets, whatever the range and interval', async () => {
    for (const points of [1, 2, 3, 7, 50, 1000]) {
      const all = await rows(
        `/grafana/state?from=${time(-1)}&to=${time(60)}&max_points=${points}&interval_ms=1`,
      );
      expect(new Set(all.map((row) => row.time)).size).toBeLessThanOrEqual(points);
    }
  });

  test('series: the drift of each target, null while nobody knows', async () => {
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

  test('reports: pages as the plugin walks them', async () => {
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
