import { beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { horizonsAt } from '../../src/domain/retention.ts';
import { DAY, HOUR, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

const ENV = { GITOPS_STATUS_RETENTION_REPORTS: '2d', GITOPS_STATUS_RETENTION_HISTORY: '5d' };

describe('retention', () => {
  let at: TestService;
  beforeEach(() => {
    at = startService(ENV);
  });

  /** As many passes as ten days need, with two days each. */
  const prune = async () => {
    const horizons = horizonsAt(
      at.now,
      parseConfig(ENV, () => ''),
    );
    for (let pass = 0; pass < 5; pass++) {
      for await (const _ of at.service.store.prune(horizons, 0));
    }
  };
  /** Ten days of reports every six hours, in sync except for a drift in the middle of each second day. */
  const tenDays = async () => {
    for (let hour = 0; hour <= 240; hour += 6) {
      at.now = NOON + hour * HOUR;
      const fields = { last_check: iso(at.now), expected_interval_s: 21_600, commit: 'c0ffee' };
      await at.post(hour % 48 === 24 ? aDrift(['a'], fields) : aBody(fields));
    }
  };

  test('changes no answer about stored time', async () => {
    await tenDays();
    const history = `from=${at.now - 5 * DAY}&to=${at.now}`;
    const paths = [
      '/api/v1/status',
      `/api/v1/status?at=${at.now - 2 * DAY}`,
      `/api/v1/reports?from=${at.now - 2 * DAY}&limit=1000`,
      ...['timeline', 'incidents', 'compliance', 'files'].map((name) => `/api/v1/${name}?${history}`),
    ];
    const answers = () => Promise.all(paths.map((path) => at.json(path)));
    const before = await answers();
    const first = await at.json('/api/v1/timeline?from=0');
    await prune();
    expect(await answers()).toEqual(before);
    expect(JSON.stringify(before)).toContain('OUT_OF_SYNC');
    expect(await at.json('/api/v1/timeline?from=0')).not.toEqual(first);
  });

  test('leaves the totals of the metrics unchanged', async () => {
    await tenDays();
    const all = at.appWith({
      settings: parseConfig({ ...ENV, GITOPS_STATUS_TARGET_SERIES: 'all' }, () => ''),
    });
    const totals = async () =>
      (await (await all.request('/metrics')).text())
        .split('\n')
        .filter((line) => line.startsWith('gitops_reports_total'));
    const before = await totals();
    await prune();
    expect(await totals()).toEqual(before);
    expect(before.join()).toMatch(/sync_status="SYNCED"\} 36/);
  });

  test('refuses reports older than what is left in words, even if the setting is longer now', async () => {
    await tenDays();
    await prune();
    const late = aBody({ last_check: iso(at.now - 3 * DAY) });
    const longer = { ...parseConfig({ ...ENV, GITOPS_STATUS_RETENTION_REPORTS: '4d' }, () => '') };
    const answer = await at.appWith({ settings: longer }).request('/api/v1/reports', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(late),
    });
    expect(answer.status).toBe(422);
    expect((await problemOf(answer)).detail).toContain(`reports are kept from ${iso(at.now - 2 * DAY)} on`);
  });

  test('shows in the metrics', async () => {
    const text = await (await at.get('/metrics')).text();
    expect(text).toContain('\ngitops_status_server_pruned_reports_total 0\n');
    expect(text).toContain('\ngitops_status_server_retention_last_success_timestamp_seconds 0\n');
  });
});
