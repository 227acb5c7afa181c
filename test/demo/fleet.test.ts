import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fill, ReportFeed } from '../../src/demo/feed.ts';
import type { SimulatedReport } from '../../src/demo/fleet.ts';
import { fleetReports, planFleet, usualDays } from '../../src/demo/fleet.ts';
import type { Role } from '../../src/demo/target-plan.ts';
import { canonicalFinding } from '../../src/domain/finding.ts';
import { groupBy } from '../../src/domain/group-by.ts';
import { foldHistory, type History } from '../../src/domain/history.ts';
import { complianceOf } from '../../src/domain/questions/compliance.ts';
import { segmentsOf } from '../../src/domain/questions/timeline.ts';
import { compareText } from '../../src/domain/target.ts';
import { createRecorder } from '../../src/ingest/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';

const MONTH = { targets: 20, days: 30, seed: 1, now: NOON, until: NOON };
const WEEKEND = { ...MONTH, days: 2 };

/** There are thousands: texts are compared much faster than objects. */
const areSame = (...all: Iterable<SimulatedReport>[]) =>
  new Set(all.map((reports) => JSON.stringify([...reports]))).size === 1;

describe('a fleet is a function of its seed and the time', () => {
  test('the same seed and the same now make the same reports', () => {
    expect(areSame(fleetReports(WEEKEND), fleetReports(WEEKEND))).toBe(true);
  });

  test('another seed makes other reports', () => {
    const other = fleetReports({ ...WEEKEND, seed: 2 });
    expect(areSame(other, fleetReports(WEEKEND))).toBe(false);
  });

  test('a simulation that continues after now has the same past', () => {
    const longer = [...fleetReports({ ...WEEKEND, until: NOON + DAY })];
    const past = longer.filter(({ checkedAt }) => checkedAt < NOON);
    expect(areSame(past, fleetReports(WEEKEND))).toBe(true);
    expect(longer.at(-1)?.checkedAt).toBeGreaterThan(NOON + DAY - 10 * MINUTE);
  });
});

test.each([
  [1, 30],
  [20, 30],
  [50, 8],
  [200, 2],
  [500, 8],
  [2000, 2],
])('a fleet of %d targets has %d days of history, and at most about 170,000 reports', (targets, days) => {
  expect(usualDays(targets)).toBe(days);
  const plans = planFleet({ targets, days, seed: 1, now: NOON, until: NOON });
  const reports = plans.reduce((sum, { intervalS }) => sum + (days * 86_400) / intervalS, 0);
  expect(reports).toBeLessThan(175_000);
});

describe('a month of twenty targets', () => {
  const reports = [...fleetReports(MONTH)];
  const histories = historiesOf(reports);
  const incidents = [...histories.values()].flatMap((history) => history.incidents);

  test('is in the order of the checks, and ends by now', () => {
    const instants = reports.map(({ checkedAt }) => checkedAt);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect(instants.at(0)).toBeGreaterThanOrEqual(NOON - 30 * DAY);
    expect(instants.at(-1)).toBeLessThan(NOON);
  });

  test('has incidents of both causes, most of them resolved and some open', () => {
    expect(new Set(incidents.map(({ cause }) => cause))).toEqual(
      new Set(['host_changed', 'commit_not_applied', undefined]),
    );
    const open = incidents.filter(({ resolvedAt }) => resolvedAt === undefined);
    expect(open.length).toBeGreaterThanOrEqual(2);
    expect(open.length).toBeLessThan(incidents.length / 10);
  });

  test('has every state, and silence in the past', () => {
    const segments = [...histories.values()].flatMap((history) =>
      segmentsOf({ declaredAt: undefined, ...history }, { from: NOON - 30 * DAY, to: NOON }),
    );
    const { ms, coverage, inSyncRatio } = complianceOf(segments, incidents);
    for (const state of Object.values(ms)) expect(state).toBeGreaterThan(HOUR);
    expect(segments.some(({ state, to }) => state === 'STALE' && to < NOON)).toBe(true);
    expect(coverage).toBeGreaterThan(0.9);
    expect(inSyncRatio).toBeGreaterThan(0.85);
  });

  test('a check that failed says why', () => {
    const unknown = reports.filter(({ finding }) => finding.syncStatus === 'UNKNOWN');
    expect(unknown.length).toBeGreaterThan(0);
    expect(unknown.every(({ error, errorKind }) => error !== undefined && errorKind !== undefined)).toBe(
      true,
    );
  });

  test.each<[Role, RegExp]>([
    ['neglected', /^OUT_OF_SYNC( (UNKNOWN|STALE|OUT_OF_SYNC))*$/],
    ['edited', / SYNCED OUT_OF_SYNC$/],
    ['failing', / UNKNOWN$/],
    ['silent', / SYNCED.* STALE$/],
    ['flapping', /( SYNCED OUT_OF_SYNC){20}/],
    ['lagging', / OUT_OF_SYNC SYNCED/],
  ])('the %s one looks like it', (role, story) => {
    const plan = planFleet(MONTH).find((one) => one.role === role);
    const { periods = [] } = histories.get(plan?.target.server ?? '') ?? {};
    const segments = segmentsOf({ declaredAt: undefined, periods }, { from: NOON - 30 * DAY, to: NOON });
    expect(segments.map(({ state }) => state).join(' ')).toMatch(story);
  });

  test('a hand edit is found by the next check, and blamed on the host', () => {
    const plan = planFleet(MONTH).find((one) => one.role === 'edited');
    const incident = histories.get(plan?.target.server ?? '')?.incidents.at(-1);
    const edit = plan?.handEdits.at(-1);
    expect(incident?.cause).toBe('host_changed');
    expect(incident?.files.names).toEqual([...new Set(edit?.files)].sort(compareText));
    const delay = (incident?.openedAt ?? 0) - (edit?.from ?? 0);
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThan(2 * (plan?.intervalS ?? 0) * 1000);
  });
});

describe('recorded through a real store', () => {
  const store = openSqliteStore({ path: ':memory:', version: '0.0.0-test', clock: () => NOON });
  const recorder = createRecorder({ store, maxQueuedReports: 10_000 });
  const reports = [...fleetReports(WEEKEND)].filter(({ receivedAt }) => receivedAt <= NOON);
  let count = 0;

  beforeAll(async () => {
    const feed = new ReportFeed(fleetReports({ ...WEEKEND, until: NOON + DAY }));
    const signal = new AbortController().signal;
    count = await fill(recorder, feed, { until: NOON, signal, progress: () => undefined });
  });
  afterAll(() => store.close());

  test('everything that has arrived by now is recorded, and nothing later', async () => {
    const totals = (await store.statuses({})).flatMap((status) => Object.values(status.reports));
    expect(count).toBe(reports.length);
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(reports.length);
  });

  test('the store has the incidents that the generator meant', async () => {
    const told = (await store.incidents({}, { from: 0, to: NOON })).map(({ target, openedAt, cause }) => ({
      server: target.server,
      openedAt,
      cause,
    }));
    const meant = [...historiesOf(reports)].flatMap(([server, { incidents }]) =>
      incidents.map(({ openedAt, cause }) => ({ server, openedAt, cause })),
    );
    expect(told.length).toBe(meant.length);
    expect(told).toEqual(expect.arrayContaining(meant));
  });

  test('and every target has the state of its last report', async () => {
    const latest = new Map(reports.map((report) => [report.target.server, report]));
    const statuses = await store.statuses({});
    expect(statuses.length).toBe(20);
    for (const { target, checkedAt, commit, runUrl, error } of statuses) {
      expect({ checkedAt, commit, runUrl, error }).toEqual(pick(latest.get(target.server)));
    }
  });
});

function pick(report: SimulatedReport | undefined) {
  return {
    checkedAt: report?.checkedAt,
    commit: report?.commit,
    runUrl: report?.runUrl,
    error: report?.error,
  };
}

/** By server: in the fleets of the demo its name is unique. */
function historiesOf(reports: readonly SimulatedReport[]): Map<string, History> {
  const ids = new Map<string, number>();
  const idOf = (content: string) => ids.get(content) ?? ids.set(content, ids.size).size - 1;
  const byServer = groupBy(reports, ({ target }) => target.server);
  const fold = (own: readonly SimulatedReport[]) =>
    foldHistory(
      own.map((report) => ({
        ...report,
        staleAt: report.checkedAt + report.staleAfterMs,
        finding: { ...report.finding, id: idOf(canonicalFinding(report.finding)) },
      })),
    );
  return new Map([...byServer].map(([server, own]) => [server, fold(own)]));
}
