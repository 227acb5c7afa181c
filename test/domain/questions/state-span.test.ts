import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import type { Range } from '../../../src/domain/instant.ts';
import { exactSpans, worstSpans } from '../../../src/domain/questions/state-span.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { observations, ranges } from '../arbitraries.ts';

const slots = fc.integer({ min: 1, max: 40 });

function lasting(spans: readonly Range[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

describe('the spans of a picture', () => {
  test('are in order, apart, inside the range, and no longer than necessary', () => {
    fc.assert(
      fc.property(observations, ranges, slots, (reports, range, slots) => {
        const segments = segmentsOf({ declaredAt: undefined, ...foldHistory(reports) }, range);
        const spans = worstSpans(segments, { range, slots }, ({ state }) => state);
        expect(spans.length).toBeLessThanOrEqual(slots);
        spans.forEach(({ value, from, to }, i) => {
          const before = spans[i - 1];
          expect(from).toBeGreaterThanOrEqual(before?.to ?? range.from);
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(range.to);
          expect(before?.to === from && before.value === value).toBe(false);
        });
      }),
    );
  });

  test('show every drift, however short it was', () => {
    fc.assert(
      fc.property(observations, ranges, slots, (reports, range, slots) => {
        const segments = segmentsOf({ declaredAt: undefined, ...foldHistory(reports) }, range);
        const spans = worstSpans(segments, { range, slots }, ({ state }) => state);
        for (const { from, to } of segments.filter(({ state }) => state === 'OUT_OF_SYNC')) {
          const shown = spans.filter(
            (span) => span.value === 'OUT_OF_SYNC' && span.from <= from && span.to >= to,
          );
          expect(shown).toHaveLength(1);
        }
      }),
    );
  });

  test('may be the exact spans of each value', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const segments = segmentsOf({ declaredAt: undefined, ...foldHistory(reports) }, range);
        const spans = exactSpans(segments, ({ state }) => state);
        for (const state of ['SYNCED', 'OUT_OF_SYNC', 'UNKNOWN', 'STALE']) {
          expect(lasting(spans.filter(({ value }) => value === state))).toBe(
            lasting(segments.filter((segment) => segment.state === state)),
          );
        }
        spans.forEach(({ value }, i) => {
          expect(value).not.toBe(spans[i - 1]?.value);
        });
      }),
    );
  });

  test('leave out spans without a value, and do not reach across them', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const segments = segmentsOf({ declaredAt: undefined, ...foldHistory(reports) }, range);
        const spans = exactSpans(segments, ({ state }) => (state === 'STALE' ? undefined : 'known'));
        const known = segments.filter(({ state }) => state !== 'STALE');
        expect(lasting(spans)).toBe(lasting(known));
        expect(worstSpans(segments, { range, slots: 10 }, () => undefined)).toEqual([]);
      }),
    );
  });
});
