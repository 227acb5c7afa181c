import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const minute = (n: number) => iso(NOON + n * MINUTE);
const time = (n: number) => NOON + n * MINUTE;
type Row = Record<string, unknown>;
const rows = async (path: string) => (await at.json(path)) as Row[];

/** lab drifts from 10 to 20 and falls silent at 30; prod is in sync, on a new commit since 20. */
async function anHour(): Promise<void> {
  at.now = NOON + HOUR;
  const prod = { server: 'prod', expected_interval_s: 3600 };
  await at.post([
    aBody({ commit: 'aaaa', last_check: minute(0) }),
    aDrift(['x', 'y'], { commit: 'aaaa', last_check: minute(10), run_url: 'https://ci.example/1' }),
    aBody({ commit: 'bbbb', last_check: minute(20) }),
    aBody({ ...prod, commit: 'aaaa', last_check: minute(5) }),
    aBody({ ...prod, commit: 'bbbb', last_check: minute(20) }),
  ]);
}

describe('panels that show now', () => {
  test('status: a flat row per target', async () => {
    await anHour();
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
        drift_count: 0,
        files: null,
        since: minute(30),
        in_state_s: 1800,
        last_check: minute(20),
        stale_at: minute(30),
        last_synced_at: minute(20),
        cause: null,
        error: null,
        run_url: null,
        commit: 'bbbb',
        branch: null,
      },
    ]);
    await at.post(aDrift(['x', 'y'], { commit: 'bbbb', last_check: minute(60) }));
    expect(await rows('/grafana/status?state=OUT_OF_SYNC')).toMatchObject([
      { files: 'x, y', state_code: 1, cause: 'host_changed', in_state_s: 0 },
    ]);
  });

  test('summary: always exactly one row', async () => {
    const nothing = { synced: 0, out_of_sync: 0, unknown: 0, stale: 0, open_incidents: 0, drifted_files: 0 };
    expect(await rows('/grafana/summary')).toEqual([
      { targets: 0, ...nothing, in_sync_ratio: null, coverage: null },
    ]);
    await anHour();
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
        in_sync_ratio: (20 + 55) / (30 + 55 + 1),
        coverage: (30 + 55 + 1) / (60 + 55 + 2),
      },
    ]);
  });

  test.each([
    ['not_synced', [0, 1]],
    ['stale', [0, 1]],
    ['out_of_sync', [0, 0]],
    ['unknown', [0, 0]],
  ])('alerts: one number per target for %s, none left out', async (condition, values) => {
    await anHour();
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
  beforeEach(anHour);
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

const LISTS = [
  'status',
  'summary',
  'state',
  'series',
  'series?by=state',
  'incidents',
  'files',
  'compliance',
  'annotations',
  'alerts',
  'variables/repos',
  'variables/servers',
];

describe.each(LISTS)('/grafana/%s', (path) => {
  const url = (query: string) => `/grafana/${path}${path.includes('?') ? '&' : '?'}${query}`;

  test('answers JSON with a body, whatever is accepted and however empty the store', async () => {
    const answer = await at.get(`/grafana/${path}`, { Accept: 'text/html' });
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json']);
    expect(await answer.json()).toBeInstanceOf(Array);
  });

  test('has the same keys in every row, one type per key, and nothing nested', async () => {
    await anHour();
    const all = await rows(url(''));
    expect(all).not.toEqual([]);
    for (const row of all) {
      expect(Object.keys(row)).toEqual(Object.keys(all[0] ?? {}));
      for (const key of Object.keys(row)) expect(key).toMatch(/^([a-z][a-z0-9_]*|timeEnd)$/);
    }
    for (const key of Object.keys(all[0] ?? {})) {
      const types = new Set(
        all
          .map((row) => row[key])
          .filter((value) => value !== null)
          .map((value) => typeof value),
      );
      expect([...types].filter((type) => type === 'object')).toEqual([]);
      expect(types.size).toBeLessThanOrEqual(1);
    }
  });

  test('takes a filter in any spelling, also under the name of the variable', async () => {
    await anHour();
    const expected = await rows(url('server=prod'));
    for (const query of ['server={prod}', 'server=["prod"]', 'var-server=prod', 'server=(prod|nobody)']) {
      expect(await rows(url(query))).toEqual(expected);
    }
    const all = await rows(url(''));
    for (const query of ['server=*', 'server=${server}', 'server=$__all', 'var-server=All']) {
      expect(await rows(url(query))).toEqual(all);
    }
  });
});

describe('a long answer', () => {
  test('comes compressed to whoever can take it, as gzip and as nothing else', async () => {
    await anHour();
    const path = `/grafana/state?from=${time(0)}&to=${time(60)}`;
    const plain = await at.get(path);
    const packed = await at.get(path, { 'Accept-Encoding': 'gzip, br, zstd' });
    expect([plain.headers.get('Content-Encoding'), packed.headers.get('Content-Encoding')]).toEqual([
      null,
      'gzip',
    ]);
    const bytes = Buffer.from(await packed.arrayBuffer());
    const text = await plain.text();
    expect(gunzipSync(bytes).toString()).toBe(text);
    expect(bytes.length).toBeLessThan(text.length / 5);
    expect((await at.get(path, { 'Accept-Encoding': 'br' })).headers.get('Content-Encoding')).toBeNull();
  });
});

describe('numbers and instants that Grafana did not fill in', () => {
  test('are as good as not sent', async () => {
    await anHour();
    const query = 'from=${__timeFrom}&to=${__timeTo}&interval_ms=${__interval_ms}&max_points=';
    expect((await at.get(`/grafana/state?${query}`)).status).toBe(200);
  });

  test.each([['interval_ms=0'], ['interval_ms=x'], ['max_points=0'], ['max_points=10001'], ['shape=round']])(
    'but %s is refused by name',
    async (query) => {
      const problem = await problemOf(await at.get(`/grafana/state?${query}`));
      expect(problem.errors).toMatchObject([{ parameter: query.split('=')[0] }]);
    },
  );
});
