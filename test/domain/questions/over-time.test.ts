import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import { complianceOf } from '../../../src/domain/questions/compliance.ts';
import { bucketsOf, worstPerBucket } from '../../../src/domain/questions/sampling.ts';
import { stateCountsPerBucket } from '../../../src/domain/questions/state-counts.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { complianceTrend } from '../../../src/domain/questions/trend.ts';
import { worstTargets } from '../../../src/domain/questions/worst-targets.ts';
import { STATES } from '../../../src/domain/state.ts';
import { MINUTE, NOON } from '../../fixtures.ts';
import { observations, ranges } from '../arbitraries.ts';

const fleets = fc.array(observations, { maxLength: 4 });
const widths = fc.integer({ min: 1, max: 40 * MINUTE });

const segmentsIn = (reports: Parameters<typeof foldHistory>[0], range: { from: number; to: number }) =>
  segmentsOf({ declaredAt: undefined, periods: foldHistory(reports).periods }, range);

describe('the number of targets per state', () => {
  test('uses the worst state of each target in each bucket', () => {
    fc.assert(
      fc.property(fleets, ranges, widths, (fleet, range, intervalMs) => {
        const buckets = bucketsOf(range, { intervalMs, maxPoints: 50 });
        const segments = fleet.map((reports) => segmentsIn(reports, range));
        const counts = stateCountsPerBucket(segments, buckets);
        const worst = segments.map((one) => worstPerBucket(one, buckets));
        expect(counts).toHaveLength(buckets.starts.length);
        counts.forEach((count, i) => {
          for (const state of STATES) {
            expect(count[state]).toBe(worst.filter((column) => column[i]?.state === state).length);
          }
        });
      }),
    );
  });
});

describe('compliance over time', () => {
  test('adds up over the buckets to that of the whole range', () => {
    fc.assert(
      fc.property(observations, ranges, widths, (reports, range, intervalMs) => {
        const segments = segmentsIn(reports, range);
        const incidents = foldHistory(reports).incidents;
        const buckets = bucketsOf(range, { intervalMs, maxPoints: 50 });
        const trend = complianceTrend(segments, incidents, { buckets, range });
        const whole = complianceOf(segments, []);
        expect(trend.map(({ time }) => time)).toEqual(buckets.starts);
        for (const state of STATES) {
          expect(trend.reduce((sum, { compliance }) => sum + compliance.ms[state], 0)).toBe(whole.ms[state]);
        }
        const resolved = incidents.filter(
          ({ resolvedAt = -1 }) => resolvedAt >= range.from && resolvedAt < range.to,
        );
        expect(trend.reduce((sum, { compliance }) => sum + compliance.incidents, 0)).toBe(resolved.length);
      }),
    );
  });

  test('an incident counts with its whole length in the bucket in which it was resolved', () => {
    const range = { from: NOON, to: NOON + 60 * MINUTE };
    const buckets = bucketsOf(range, { intervalMs: 30 * MINUTE, maxPoints: 10 });
    const incident = { openedAt: NOON - 20 * MINUTE, resolvedAt: NOON + 40 * MINUTE };
    const trend = complianceTrend([], [incident, { openedAt: NOON, resolvedAt: undefined }], {
      buckets,
      range,
    });
    expect(trend.map(({ compliance }) => [compliance.incidents, compliance.meanTimeToResolveMs])).toEqual([
      [0, undefined],
      [1, 60 * MINUTE],
    ]);
  });
});

describe('the worst targets', () => {
  const aTarget = (server: string, drifted: number, stale = 0) => ({
    target: { repo: 'web', server },
    segments: [
      { state: 'OUT_OF_SYNC' as const, from: 0, to: drifted },
      { state: 'STALE' as const, from: drifted, to: drifted + stale },
      { state: 'SYNCED' as const, from: drifted + stale, to: 100 },
    ],
  });
  const fleet = [aTarget('a', 0), aTarget('b', 5), aTarget('c', 0, 50), aTarget('d', 40), aTarget('e', 5, 1)];
  const names = (count: number) => worstTargets(fleet, count).map(({ target }) => target.server);

  test('drifted for longest, then were unknown for longest; they are sorted by name', () => {
    expect([1, 2, 3, 4].map(names)).toEqual([['d'], ['d', 'e'], ['b', 'd', 'e'], ['b', 'c', 'd', 'e']]);
  });

  test('are all of them if there are no more', () => {
    expect(names(5)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(names(500)).toHaveLength(5);
  });
});
