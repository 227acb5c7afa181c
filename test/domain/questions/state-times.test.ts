import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import type { Range } from '../../../src/domain/instant.ts';
import { complianceOf } from '../../../src/domain/questions/compliance.ts';
import { StateTimesCounter, sumTimes } from '../../../src/domain/questions/state-times.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { targetKey } from '../../../src/domain/target.ts';
import { MINUTE, NOON } from '../../fixtures.ts';
import { observations, ranges } from '../arbitraries.ts';

const fleets = fc
  .array(fc.tuple(observations, fc.option(fc.integer({ min: -20, max: 80 }), { nil: undefined })), {
    maxLength: 4,
  })
  .map((all) =>
    all.map(([reports, declaredMinute], i) => ({
      target: { repo: 'r', server: String(i) },
      declaredAt: declaredMinute === undefined ? undefined : NOON + declaredMinute * MINUTE,
      periods: foldHistory(reports).periods,
    })),
  );
/** A range, and the number of slices of whole milliseconds. */
const cuts = fc
  .tuple(ranges, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 15 * MINUTE }))
  .map(([{ from }, slices, sliceMs]) => ({ range: { from, to: from + slices * sliceMs }, slices, sliceMs }));

type Fleet = typeof fleets extends fc.Arbitrary<infer F> ? F : never;

function timesOf(fleet: Fleet, range: Range, slices: number) {
  const counter = new StateTimesCounter(range, slices);
  for (const history of fleet) counter.add({ ...history, labels: {}, deletedAt: undefined, incidents: [] });
  return counter.times();
}

const msOf = (fleet: Fleet, range: Range) =>
  complianceOf(
    fleet.flatMap((history) => segmentsOf(history, range)),
    [],
  ).ms;

describe('how long a fleet was in each state', () => {
  test('follows the segments, for each slice and each target', () => {
    fc.assert(
      fc.property(fleets, cuts, (fleet, { range, slices, sliceMs }) => {
        const times = timesOf(fleet, range, slices);
        expect(times.slices).toHaveLength(slices);
        times.slices.forEach((slice, i) => {
          const from = range.from + i * sliceMs;
          expect([i, slice]).toEqual([i, msOf(fleet, { from, to: from + sliceMs })]);
        });
        for (const history of fleet)
          expect(times.byTarget.get(targetKey(history.target))).toEqual(msOf([history], range));
      }),
    );
  });

  test('adds up to the whole', () => {
    fc.assert(
      fc.property(fleets, cuts, (fleet, { range, slices }) => {
        const times = timesOf(fleet, range, slices);
        expect(sumTimes(times.slices)).toEqual(sumTimes(times.byTarget.values()));
      }),
    );
  });
});
