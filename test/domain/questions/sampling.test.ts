import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import { bucketsOf, worstPerBucket } from '../../../src/domain/questions/sampling.ts';
import { type Segment, segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { MINUTE } from '../../fixtures.ts';
import { observations, ranges } from '../arbitraries.ts';

const options = fc.record({
  intervalMs: fc.integer({ min: 1, max: 40 * MINUTE }),
  maxPoints: fc.integer({ min: 1, max: 50 }),
});

const driftCountOf = ({ period }: Segment) => period?.finding.driftCount;

function largestKnown(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

describe('buckets', () => {
  test('cover the range, ascending, and never exceed the limit', () => {
    fc.assert(
      fc.property(ranges, options, (range, { intervalMs, maxPoints }) => {
        const { starts, indexOf } = bucketsOf(range, { intervalMs, maxPoints });
        expect(starts.length).toBeLessThanOrEqual(maxPoints);
        if (range.from === range.to) return;
        expect(starts[0]).toBe(range.from);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        expect(indexOf(range.to - 1)).toBe(starts.length - 1);
        expect(starts.map(indexOf)).toEqual(starts.map((_, i) => i));
      }),
    );
  });

  test('begin at the same instants again when the range moves on', () => {
    const hour = (from: number) => ({ from, to: from + 60 * MINUTE });
    const options = { intervalMs: 5 * MINUTE, maxPoints: 100 };
    const before = bucketsOf(hour(0), options).starts;
    const after = bucketsOf(hour(10 * MINUTE), options).starts;
    expect(after.slice(0, 10)).toEqual(before.slice(2));
  });

  test('show in each the worst that happened in it, and nothing else', () => {
    const severity = ['SYNCED', 'STALE', 'UNKNOWN', 'OUT_OF_SYNC'];
    fc.assert(
      fc.property(observations, ranges, options, (reports, range, { intervalMs, maxPoints }) => {
        const segments = segmentsOf({ declaredAt: undefined, ...foldHistory(reports) }, range);
        const buckets = bucketsOf(range, { intervalMs, maxPoints });
        const worst = worstPerBucket(segments, buckets);
        expect(worst).toHaveLength(buckets.starts.length);
        worst.forEach((shown, i) => {
          const [from, to] = [buckets.starts[i] ?? 0, buckets.starts[i + 1] ?? range.to];
          const touching = segments.filter((one) => one.from < to && one.to > from);
          const states = touching.map((one) => one.state);
          const expected = states.sort((a, b) => severity.indexOf(b) - severity.indexOf(a))[0];
          expect(shown?.state).toBe(expected);
          const drifts = touching.filter(({ state }) => state === expected).map(driftCountOf);
          expect(shown && driftCountOf(shown)).toBe(largestKnown(drifts));
        });
      }),
    );
  });
});
