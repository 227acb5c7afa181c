import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import { compareKeys } from '../../../src/domain/history-key.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { stateAt } from '../../../src/domain/state.ts';
import { MINUTE, NOON } from '../../fixtures.ts';
import { observations, ranges } from '../arbitraries.ts';

describe('the timeline', () => {
  test('covers the range from the first report or the declaration on, without overlap and without gaps', () => {
    const declarations = fc.option(
      fc.integer({ min: -30, max: 90 }).map((minute) => NOON + minute * MINUTE),
      { nil: undefined },
    );
    fc.assert(
      fc.property(observations, ranges, declarations, (reports, range, declaredAt) => {
        const { periods } = foldHistory(reports);
        const segments = segmentsOf({ declaredAt, periods }, range);
        const trackedFrom = [declaredAt, periods[0]?.startedAt].filter((at) => at !== undefined);
        const first = Math.max(range.from, Math.min(...trackedFrom));
        const before = segments.filter(({ period }) => period === undefined);
        expect(before.length).toBeLessThanOrEqual(1);
        expect(before.every(({ state }) => state === 'STALE')).toBe(true);
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

  test('has at every instant the state of the last report before it, or STALE once that has expired', () => {
    fc.assert(
      fc.property(observations, ranges, (reports, range) => {
        const sorted = [...reports].sort(compareKeys);
        const segments = segmentsOf({ declaredAt: undefined, ...foldHistory(reports) }, range);
        for (let at = range.from; at < range.to; at += MINUTE / 2) {
          const last = sorted.findLast((report) => report.checkedAt <= at);
          const segment = segments.find(({ from, to }) => from <= at && at < to);
          const state = last && stateAt({ ...last, syncStatus: last.finding.syncStatus }, at);
          expect(segment?.state).toBe(state);
          if (state !== 'STALE') expect(segment?.period?.finding).toBe(last?.finding);
        }
      }),
    );
  });
});
