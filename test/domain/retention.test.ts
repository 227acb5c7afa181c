import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../src/domain/history.ts';
import type { Observation, Period } from '../../src/domain/period.ts';
import {
  addPruned,
  historyKeptFrom,
  horizonsAt,
  NOTHING_PRUNED,
  reportsKeptFrom,
} from '../../src/domain/retention.ts';
import { DAY, MINUTE, NOON } from '../fixtures.ts';
import { observations } from './arbitraries.ts';

const anInstant = fc.integer({ min: -1, max: 61 }).map((minute) => NOON + minute * MINUTE);

describe('the horizons', () => {
  test('lie as far back as each kind is kept', () => {
    expect(horizonsAt(NOON, { retentionReportsMs: DAY, retentionHistoryMs: 3 * DAY })).toEqual({
      reportsBefore: NOON - DAY,
      historyBefore: NOON - 3 * DAY,
    });
  });
});

describe('reports', () => {
  test.each([
    ['older than all', 5, undefined],
    ['between two', 25, 20],
    ['at one', 20, 20],
    ['newer than all', 99, 30],
  ])('are kept from the newest at or before the horizon on: %s', (_, horizon, keptFrom) => {
    expect(reportsKeptFrom([10, 20, 30], horizon)).toBe(keptFrom);
  });
});

describe('periods and incidents', () => {
  test('are kept from where what comes after can be told without what was before', () => {
    let cuts = 0;
    fc.assert(
      fc.property(observations, anInstant, anInstant, (reports, historyBefore, oldestReportAt) => {
        const whole = foldHistory(reports);
        const keptFrom = historyKeptFrom(whole.periods, { historyBefore, oldestReportAt });
        if (keptFrom === undefined) return;
        if (keptFrom > (whole.periods[0]?.startedAt ?? 0)) cuts++;
        expect(keptFrom).toBeLessThan(Math.min(historyBefore, oldestReportAt));
        const kept = {
          periods: whole.periods.filter(({ startedAt }) => startedAt >= keptFrom),
          incidents: whole.incidents.filter(({ openedAt }) => openedAt >= keptFrom),
        };
        expect(foldHistory(reports.filter(since(kept.periods[0])))).toEqual(kept);
        const gone = whole.incidents.filter(({ openedAt }) => openedAt < keptFrom);
        expect(gone.filter(({ resolvedAt }) => resolvedAt === undefined || resolvedAt > keptFrom)).toEqual(
          [],
        );
      }),
      { numRuns: 2000 },
    );
    expect(cuts).toBeGreaterThan(100);
  });

  test('are all kept where there was no SYNCED before the horizon', () => {
    const drift = { id: 1, syncStatus: 'OUT_OF_SYNC' as const };
    const synced = { id: 0, syncStatus: 'SYNCED' as const };
    const period = (startedAt: number, finding: typeof drift | typeof synced) => ({
      ...{ startedAt, receivedAt: startedAt, lastCheckAt: startedAt, staleAt: startedAt + 10 },
      ...{ finding, commit: undefined, runUrl: undefined, reports: 1, opensState: true },
    });
    const periods = [period(0, drift), period(5, synced)];
    expect(historyKeptFrom(periods, { historyBefore: 5, oldestReportAt: 9 })).toBeUndefined();
    expect(historyKeptFrom(periods, { historyBefore: 9, oldestReportAt: 5 })).toBeUndefined();
    expect(historyKeptFrom(periods, { historyBefore: 6, oldestReportAt: 6 })).toBe(5);
  });
});

test('what batches took adds up', () => {
  const twice = [
    { reports: 1, bytes: 4096 },
    { reports: 2, findings: 3 },
  ];
  expect(twice.reduce(addPruned, NOTHING_PRUNED)).toEqual({
    ...NOTHING_PRUNED,
    reports: 3,
    findings: 3,
    bytes: 4096,
  });
});

/** Whether a report is the first of a period or one after it. */
function since(period: Period | undefined) {
  return ({ checkedAt, receivedAt }: Observation) =>
    period !== undefined &&
    (checkedAt > period.startedAt || (checkedAt === period.startedAt && receivedAt >= period.receivedAt));
}
