import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FindingRef } from '../../../src/domain/finding.ts';
import { foldHistory } from '../../../src/domain/history.ts';
import { firstOfAll } from '../../../src/domain/questions/first-of-all.ts';
import {
  compareSegments,
  firstSegments,
  type TargetSegment,
} from '../../../src/domain/questions/timeline.ts';
import { observations, ranges } from '../arbitraries.ts';

const byNumber = { placeOf: (item: number) => item, compare: (a: number, b: number) => a - b };

/** Reads the starts of sorted lists, and counts what it reads. */
function counting() {
  const counted = { items: 0 };
  const read = (list: readonly number[], most: number) => {
    const items = list.slice(0, most);
    counted.items += items.length;
    return { items, unreadFrom: items.length < most ? undefined : items.at(-1) };
  };
  return { counted, read };
}

describe('the first of several sorted lists', () => {
  const lists = fc.array(
    fc.array(fc.nat(20)).map((items) => items.sort((a, b) => a - b)),
    { maxLength: 6 },
  );

  test('are those that come first once all are sorted', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 30 }), (all, limit) => {
        const sorted = all.flat().sort((a, b) => a - b);
        expect(firstOfAll(all, counting().read, { ...byNumber, limit })).toEqual(sorted.slice(0, limit));
      }),
    );
  });

  test('read a few times the requested number, and a little of each list, however long the lists are', () => {
    const long = (from: number) => Array.from({ length: 10_000 }, (_, i) => from + i);
    const everywhere = Array.from({ length: 100 }, () => long(0));
    const inOne = [long(0), ...Array.from({ length: 99 }, () => long(1_000_000))];
    for (const all of [everywhere, inOne]) {
      for (const limit of [1, 10, 1000]) {
        const { counted, read } = counting();
        expect(firstOfAll(all, read, { ...byNumber, limit })).toHaveLength(limit);
        expect(counted.items).toBeLessThanOrEqual(4 * limit + 400);
      }
    }
  });

  test('are all items if there is no limit', () => {
    const { counted, read } = counting();
    const all = [[3, 4], [1, 2], []];
    const limit = Number.POSITIVE_INFINITY;
    expect(firstOfAll(all, read, { ...byNumber, limit })).toEqual([1, 2, 3, 4]);
    expect([counted.items, firstOfAll([], read, { ...byNumber, limit: 1 })]).toEqual([4, []]);
  });
});

test('the first segments of several targets are known from a part of their periods', () => {
  fc.assert(
    fc.property(
      fc.array(observations, { minLength: 1, maxLength: 4 }),
      ranges,
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom('STALE', 'SYNCED', undefined),
      (targets, range, limit, state) => {
        const sources = targets.map((reports, i) => ({
          target: { repo: 'r', server: `s${i}` },
          periods: foldHistory(reports).periods,
        }));
        const read = ({ target, periods }: (typeof sources)[number], most: number) => {
          const first = periods.findLastIndex(({ startedAt }) => startedAt <= range.from);
          const inRange = periods.slice(Math.max(0, first)).filter(({ startedAt }) => startedAt < range.to);
          const start = firstSegments({ target, periods: inRange.slice(0, most) }, { range, most });
          const isWanted = ({ segment }: TargetSegment<FindingRef>) =>
            state === undefined || segment.state === state;
          return { ...start, items: start.items.filter(isWanted) };
        };
        const first = (most: number) =>
          firstOfAll(sources, read, {
            limit: most,
            placeOf: ({ segment }) => segment.from,
            compare: compareSegments,
          });
        expect(first(limit)).toEqual(first(Number.POSITIVE_INFINITY).slice(0, limit));
      },
    ),
    { numRuns: 500 },
  );
});
