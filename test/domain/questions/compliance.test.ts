import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingOf } from '../../../src/domain/finding.ts';
import { foldHistory } from '../../../src/domain/history.ts';
import { complianceOf } from '../../../src/domain/questions/compliance.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { observations, ranges } from '../arbitraries.ts';

describe('compliance', () => {
  test('adds up to the tracked time, and over any two halves of the range', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const { periods } = foldHistory(reports);
        const over = (from: number, to: number) =>
          complianceOf(segmentsOf({ declaredAt: undefined, periods }, { from, to }), []);
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

  test('has no ratio if no state was known, and no coverage if nothing was tracked', () => {
    expect(complianceOf([], [])).toMatchObject({ trackedMs: 0, inSyncRatio: undefined, coverage: undefined });
    const unknown = foldHistory([
      {
        checkedAt: 0,
        receivedAt: 0,
        staleAt: 10,
        finding: { id: 1, ...findingOf({ syncStatus: 'UNKNOWN' }) },
        commit: undefined,
        runUrl: undefined,
        afterDeploy: false,
      },
    ]);
    const compliance = complianceOf(
      segmentsOf({ declaredAt: undefined, ...unknown }, { from: 0, to: 20 }),
      [],
    );
    expect(compliance).toMatchObject({ trackedMs: 20, inSyncRatio: undefined, coverage: 0 });
  });

  test.each([
    [[], undefined, undefined],
    [[10], 10, 10],
    [[10, 20], 15, 15],
    [[10, 20, 90], 40, 20],
  ])('over incidents that lasted %j the mean is %s and the median %s', (spans, mean, median) => {
    const incidents = spans.map((span) => ({ openedAt: 100, resolvedAt: 100 + span }));
    expect(complianceOf([], incidents)).toMatchObject({
      incidents: spans.length,
      meanTimeToResolveMs: mean,
      medianTimeToResolveMs: median,
    });
  });
});
