import { beforeEach, describe, expect, test, vi } from 'vitest';
import { SharedHistories } from '../../src/http/shared-histories.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { anHour, minute, type Row, time } from './report-hour.ts';
import { aBody, aDrift, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(async () => {
  at = startService();
  await anHour(at);
});

const BOARD = ['summary', 'state', 'series?by=state', 'compliance', 'files', 'annotations', 'trend'];

/** How often a dashboard causes the fleet's periods and incidents to be read. */
async function readsOf(ask: () => Promise<unknown>) {
  const store = at.service.store;
  const [periods, incidents] = [vi.spyOn(store, 'periods'), vi.spyOn(store, 'incidents')];
  await ask();
  const reads = { periods: periods.mock.calls.length, incidents: incidents.mock.calls.length };
  periods.mockRestore();
  incidents.mockRestore();
  return reads;
}

const askAll = async (query = `from=${time(0)}&to=${time(60)}`) => {
  for (const path of BOARD) await at.json(`/grafana/${path}${path.includes('?') ? '&' : '?'}${query}`);
};

describe('the panels of a dashboard', () => {
  test('read the history of the fleet, and its incidents, once together', async () => {
    const once = await readsOf(() => askAll());
    expect(once.periods).toBe(1);
    // Annotations read theirs in order of time.
    expect(once.incidents).toBe(2);
  });

  test('read it again after anything was recorded, for another range, and for a state', async () => {
    await askAll();
    expect((await readsOf(() => askAll())).periods).toBe(0);
    await at.post(aBody({ last_check: minute(50) }));
    expect((await readsOf(() => askAll())).periods).toBe(1);
    expect((await readsOf(() => askAll(`from=${time(1)}&to=${time(60)}`))).periods).toBe(1);
    expect((await readsOf(() => askAll(`from=${time(0)}&to=${time(60)}&state=STALE`))).periods).toBe(
      BOARD.length,
    );
  });

  test('numbers of any kind about now are read once', async () => {
    const summaries = vi.spyOn(at.service.store, 'summaries');
    for (const path of ['summary?fields=synced', 'variables/repos', 'variables/servers', 'alerts'])
      await at.json(`/grafana/${path}`);
    expect(summaries.mock.calls).toHaveLength(1);
    // The state is the present one, although nothing was recorded.
    at.now += 24 * 60 * MINUTE;
    expect(await at.json('/grafana/summary?fields=stale')).toEqual([{ stale: 2 }]);
    expect(summaries.mock.calls).toHaveLength(1);
    summaries.mockRestore();
  });

  test('numbers about now need no history', async () => {
    const now = await readsOf(() => at.json('/grafana/summary?fields=synced,stale,open_incidents'));
    expect(now.periods).toBe(0);
    expect((await readsOf(() => at.json('/grafana/summary?fields=coverage'))).periods).toBe(1);
    expect((await readsOf(() => at.json('/grafana/annotations?kind=incident'))).periods).toBe(0);
    expect((await readsOf(() => at.json('/grafana/annotations?kind=deploy'))).incidents).toBe(0);
  });
});

describe('a remembered history', () => {
  const asked = (to: number) => ({ range: { from: NOON, to }, now: at.now });

  test('gives the same answers about a past range as any other question', async () => {
    await at.post(aDrift(['z'], { server: 'later', last_check: minute(58) }));
    const histories = new SharedHistories(at.service.store);
    const [early] = [await histories.segmented({ filter: {} }, asked(at.now - 3 * MINUTE))];
    // The target that began after the range is not in it, although its period was read.
    expect(early.map(({ target }) => target.server)).not.toContain('later');
    for (const { segments } of early) expect(segments.at(-1)?.to).toBe(at.now - 3 * MINUTE);
    const whole = await histories.segmented({ filter: {} }, asked(at.now));
    expect(whole.map(({ target }) => target.server)).toContain('later');
  });
});

test('a table of incidents has open ones first, even if the newest fill it', async () => {
  await at.post(aDrift(['z'], { server: 'open', last_check: minute(1), expected_interval_s: 7200 }));
  const servers = async (query: string) =>
    ((await at.json(`/grafana/incidents?from=${time(0)}&to=${time(60)}${query}`)) as Row[]).map(
      (row) => row.server,
    );
  expect(await servers('')).toEqual(['rsyslog-lab', 'open']);
  expect(await servers('&sort=open')).toEqual(['open', 'rsyslog-lab']);
  expect(await servers('&sort=open&limit=1')).toEqual(['open']);
});
