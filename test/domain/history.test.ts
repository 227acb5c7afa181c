import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complianceOf } from '../../src/domain/compliance.ts';
import { foldHistory } from '../../src/domain/history.ts';
import { appendTo, type OpenPeriod, type Period } from '../../src/domain/period.ts';
import { stateAt } from '../../src/domain/state.ts';
import { segmentsOf } from '../../src/domain/timeline.ts';
import { MINUTE } from '../fixtures.ts';
import { observations, ranges } from './arbitraries.ts';

const byTime = (a: { checkedAt: number; receivedAt: number }, b: { checkedAt: number; receivedAt: number }) =>
  a.checkedAt - b.checkedAt || a.receivedAt - b.receivedAt;

describe('the fold', () => {
  test('keeps every report in exactly one period, whatever the order they come in', () => {
    fc.assert(
      fc.property(observations, fc.integer(), (reports, rotation) => {
        const { periods } = foldHistory(reports);
        const at = reports.length === 0 ? 0 : Math.abs(rotation) % reports.length;
        expect(foldHistory([...reports.slice(at), ...reports.slice(0, at)]).periods).toEqual(periods);
        expect(periods.reduce((sum, period) => sum + period.reports, 0)).toBe(reports.length);
      }),
    );
  });

  test('breaks a period exactly where the finding or the commit changes, or a report comes too late', () => {
    fc.assert(
      fc.property(observations, (reports) => {
        const sorted = [...reports].sort(byTime);
        const breaks = sorted.filter((report, i) => {
          const before = sorted[i - 1];
          if (before === undefined) return true;
          const isSame = before.finding.id === report.finding.id && before.commit === report.commit;
          return !isSame || report.checkedAt > before.staleAt;
        });
        const starts = foldHistory(reports).periods.map(({ startedAt, receivedAt }) => [
          startedAt,
          receivedAt,
        ]);
        expect(starts).toEqual(breaks.map(({ checkedAt, receivedAt }) => [checkedAt, receivedAt]));
      }),
    );
  });

  test('comes to the same one by one, knowing no more than the current period', () => {
    fc.assert(
      fc.property(observations, (reports) => {
        const begun: Period[] = [];
        let current: OpenPeriod | undefined;
        for (const report of [...reports].sort(byTime)) {
          const next = appendTo(current, report);
          const before = next.kind === 'begun' ? next.period : begun.pop();
          const { lastCheckAt, staleAt, reports: count } = next.period;
          if (before !== undefined) begun.push({ ...before, lastCheckAt, staleAt, reports: count });
          current = next.period;
        }
        expect(begun).toEqual(foldHistory(reports).periods);
      }),
    );
  });

  test('opens an incident at the first drift and resolves it at the next SYNCED, and at nothing else', () => {
    fc.assert(
      fc.property(observations, (reports) => {
        const told = [...reports].sort(byTime).filter(({ finding }) => finding.syncStatus !== 'UNKNOWN');
        const turns = told.filter((report, i) => {
          const before = told[i - 1]?.finding.syncStatus ?? 'SYNCED';
          return report.finding.syncStatus !== before;
        });
        const incidents = foldHistory(reports).incidents.flatMap(({ openedAt, resolvedAt }) =>
          resolvedAt === undefined ? [openedAt] : [openedAt, resolvedAt],
        );
        expect(incidents).toEqual(turns.map(({ checkedAt }) => checkedAt));
      }),
    );
  });
});

describe('the timeline', () => {
  test('tiles the range from the first report on, without overlap and without holes', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const { periods } = foldHistory(reports);
        const segments = segmentsOf(periods, range);
        const first = Math.max(range.from, periods[0]?.startedAt ?? Number.POSITIVE_INFINITY);
        if (first >= range.to) {
          expect(segments).toEqual([]);
          return;
        }
        expect(segments.map(({ from }) => from)).toEqual([
          first,
          ...segments.slice(0, -1).map(({ to }) => to),
        ]);
        expect(segments.at(-1)?.to).toBe(range.to);
        expect(segments.every(({ from, to }) => from < to)).toBe(true);
      }),
    );
  });

  test('says at every instant what the last report before it says, or STALE once that has run out', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const sorted = [...reports].sort(byTime);
        const segments = segmentsOf(foldHistory(reports).periods, range);
        for (let at = range.from; at < range.to; at += MINUTE / 2) {
          const last = sorted.findLast((report) => report.checkedAt <= at);
          const segment = segments.find(({ from, to }) => from <= at && at < to);
          const state = last && stateAt({ ...last, syncStatus: last.finding.syncStatus }, at);
          expect(segment?.state).toBe(state);
          if (state !== 'STALE') expect(segment?.period.finding).toBe(last?.finding);
        }
      }),
    );
  });
});

describe('compliance', () => {
  test('adds up to the tracked time, and to the same for any two halves of the range', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const { periods } = foldHistory(reports);
        const over = (from: number, to: number) => complianceOf(segmentsOf(periods, { from, to }), []);
        const whole = over(range.from, range.to);
        const middle = (range.from + range.to) / 2;
        const halves = [over(range.from, middle), over(middle, range.to)];
        const { SYNCED, OUT_OF_SYNC, UNKNOWN, STALE } = whole.ms;
        expect(SYNCED + OUT_OF_SYNC + UNKNOWN + STALE).toBe(whole.trackedMs);
        expect(halves.reduce((sum, half) => sum + half.ms.OUT_OF_SYNC, 0)).toBe(OUT_OF_SYNC);
        expect(halves.reduce((sum, half) => sum + half.trackedMs, 0)).toBe(whole.trackedMs);
      }),
    );
  });

  test('knows no ratio where nothing was known, and no coverage where nothing was tracked', () => {
    expect(complianceOf([], [])).toMatchObject({ trackedMs: 0, inSyncRatio: undefined, coverage: undefined });
    const unknown = foldHistory([
      {
        checkedAt: 0,
        receivedAt: 0,
        staleAt: 10,
        finding: { id: 1, syncStatus: 'UNKNOWN', driftCount: 0, files: [] },
        commit: undefined,
        runUrl: undefined,
      },
    ]);
    const compliance = complianceOf(segmentsOf(unknown.periods, { from: 0, to: 20 }), []);
    expect(compliance).toMatchObject({ trackedMs: 20, inSyncRatio: undefined, coverage: 0 });
  });

  test.each([
    [[], undefined, undefined],
    [[10], 10, 10],
    [[10, 20], 15, 15],
    [[10, 20, 90], 40, 20],
  ])('over incidents that lasted %j the mean is %s and the median %s', (spans, mean, median) => {
    const incidents = spans.map((span) => ({
      openedAt: 100,
      resolvedAt: 100 + span,
      receivedAt: 100,
      cause: undefined,
      maxDriftCount: 1,
      files: [],
      openedCommit: undefined,
      resolvedCommit: undefined,
      openedRunUrl: undefined,
      resolvedRunUrl: undefined,
    }));
    expect(complianceOf([], incidents)).toMatchObject({
      incidents: spans.length,
      meanTimeToResolveMs: mean,
      medianTimeToResolveMs: median,
    });
  });
});
