import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aDay, minute } from './report-day.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

describe('history', () => {
  beforeEach(() => aDay(at));

  test('timeline: the states over time, including silence', async () => {
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
        files_cut: false,
        deployed_commit: null,
        muted: null,
        acknowledgement: null,
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

  test('incidents: unknown values are null, and a cut list of files says so', async () => {
    const names = Array.from({ length: 1001 }, (_, i) => `f${String(i).padStart(4, '0')}`);
    const deployed = { after_deploy: true, commit: 'c' };
    await at.post([
      aDrift([], { server: 'unknown', last_check: minute(50) }),
      aDrift(names, { server: 'many', last_check: minute(50), ...deployed }),
    ]);
    expect(await at.json('/api/v1/incidents?server=unknown')).toMatchObject([
      { max_drift_count: null, files: [], files_cut: false, deployed_commit: null },
    ]);
    expect(await at.json('/api/v1/incidents?server=many')).toMatchObject([
      { max_drift_count: 1001, files: names.slice(0, 1000), files_cut: true, deployed_commit: 'c' },
    ]);
    expect(await at.json('/api/v1/timeline?server=unknown')).toMatchObject([
      { drift_count: null, files: [] },
    ]);
    const files = (await at.json('/api/v1/files?server=many')) as { name: string; incidents: number }[];
    expect(files.map(({ incidents }) => incidents)).toEqual(names.map(() => 1));
  });

  test('files: those that drift most', async () => {
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

  test('files: whether one still differs now, even if the range ended long ago', async () => {
    await at.post(aDrift(['x'], { commit: 'b', last_check: minute(50) }));
    expect(await at.json(`/api/v1/files?from=${minute(0)}&to=${minute(30)}`)).toMatchObject([
      { name: 'rsyslog.conf', open: false },
      { name: 'x', open: true, drifted_s: 300 },
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

  test('of a range before all reports is empty, and a range that begins after its end is refused', async () => {
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
