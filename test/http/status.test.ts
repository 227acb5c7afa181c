import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aDay, minute } from './report-day.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

describe('status', () => {
  test('is the object of the first version, with what the history adds to it', async () => {
    at.now = NOON + MINUTE;
    const said = { commit: 'a', branch: 'main', run_url: 'https://ci.example/1', check: 'ansible' };
    await at.post(aBody({ ...said, labels: { env: 'prod' } }));
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
        check: 'ansible',
        labels: { env: 'prod' },
        next: null,
        incident: null,
        muted: null,
      },
    ]);
  });

  test('does not turn unknown values into numbers', async () => {
    await at.post([
      aBody({ server: 'drifted', sync_status: 'OUT_OF_SYNC', drift_count: 0 }),
      aBody({ server: 'unknown', sync_status: 'UNKNOWN', error: 'ssh' }),
    ]);
    expect(await at.json('/status.json')).toMatchObject([{ drift_count: null }, { drift_count: null }]);
    const csv = await (await at.get('/status.json?format=csv')).text();
    expect(csv).toContain('rsyslog,drifted,OUT_OF_SYNC,,');
  });

  test('turns STALE when the next report is overdue, and keeps what was reported beside it', async () => {
    await at.post(aBody({ expected_interval_s: 120 }));
    at.now = NOON + 6 * MINUTE - 1;
    expect(await at.json('/status.json')).toMatchObject([{ state: 'SYNCED', since: minute(0) }]);
    at.now = NOON + 6 * MINUTE;
    expect(await at.json('/status.json')).toMatchObject([
      { state: 'STALE', since: minute(6), stale_at: minute(6), sync_status: 'SYNCED' },
    ]);
  });

  test('says who acts next: in JSON, in CSV, for panels and at an instant', async () => {
    await at.post(aBody({ commit: 'a' }));
    at.now += MINUTE;
    const owned = { labels: { owner: 'team-core' }, last_check: minute(1) };
    await at.post(aDrift(['f'], { commit: 'a', ...owned }));
    at.now += MINUTE;
    await at.post(aDrift(['f'], { commit: 'b', after_deploy: true, last_check: minute(2) }));
    const nextOf = async (path: string) => ((await at.json(path)) as { next: unknown }[])[0]?.next;
    const playbook =
      'team-core (owner); the maintainer of the playbook: make the playbook converge, because the host ' +
      'still differs after a deploy that succeeded';
    for (const path of ['/api/v1/status', '/status.json', '/grafana/status']) {
      expect(await nextOf(path)).toBe(playbook);
      expect(await (await at.get(`${path}?format=csv`)).text()).toContain(playbook);
    }
    expect(await nextOf(`/api/v1/status?at=${minute(1)}`)).toBe(
      'team-core (owner); the person who changed the host: revert the change there, or commit it',
    );
    expect(await nextOf(`/api/v1/status?at=${minute(0)}`)).toBeNull();
    at.now += HOUR;
    expect(await nextOf('/api/v1/status')).toBe(
      playbook.replace('; ', '; the operator of the pipeline: make the check run and report; '),
    );
  });

  test('says why a check could not tell', async () => {
    await at.post(aBody({ sync_status: 'UNKNOWN', error: 'ssh: no route', error_kind: 'unreachable' }));
    expect(await at.json('/status.json')).toMatchObject([
      { state: 'UNKNOWN', error: 'ssh: no route', error_kind: 'unreachable', last_synced_at: null },
    ]);
  });

  test('with at is what was true then', async () => {
    await aDay(at);
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

  test('with at in the future is what is true now', async () => {
    await at.post(aBody());
    expect(await at.json(`/status.json?at=${iso(NOON + 100 * HOUR)}`)).toMatchObject([{ state: 'SYNCED' }]);
  });

  test('and reports give back what a clock ahead of ours said; it counts from its arrival', async () => {
    await at.post(aDrift(['a'], { last_check: minute(4) }));
    expect(await at.json('/status.json')).toMatchObject([
      { state: 'OUT_OF_SYNC', last_check: minute(4), since: minute(0), stale_at: minute(10) },
    ]);
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ last_check: minute(4) }] });
    expect(await at.json('/api/v1/incidents')).toMatchObject([{ opened_at: minute(0), duration_s: 0 }]);
    at.now += MINUTE;
    expect(await at.json('/api/v1/timeline')).toMatchObject([{ from: minute(0), to: minute(1) }]);
  });

  test('has no deleted target, and has it again once it reports', async () => {
    await at.post(aDrift(['a']));
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    const paths = [
      '/status.json',
      '/api/v1/timeline',
      '/api/v1/incidents',
      '/api/v1/files',
      '/api/v1/compliance',
    ];
    at.now += MINUTE;
    for (const path of paths) expect([path, await at.json(path)]).toEqual([path, []]);
    await at.post(aDrift(['a'], { last_check: minute(1) }));
    at.now += MINUTE;
    for (const path of paths) expect([path, await at.json(path)]).not.toEqual([path, []]);
    expect(await at.json('/api/v1/timeline')).toMatchObject([{ state: 'STALE' }, { state: 'OUT_OF_SYNC' }]);
  });

  test('is not sent again to a client that has it, until something changes', async () => {
    await at.post(aBody());
    const first = await at.get('/status.json');
    const tag = first.headers.get('ETag') ?? '';
    const again = await at.get('/status.json', { 'If-None-Match': tag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    at.now += HOUR;
    expect((await at.get('/status.json', { 'If-None-Match': tag })).status).toBe(200);
  });
});
