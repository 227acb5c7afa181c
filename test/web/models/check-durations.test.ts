import { expect, test } from 'vitest';
import { checkDurationsOf } from '../../../src/web/models/check-durations.ts';

test('how long checks took is drawn in order of time, in percent of the longest', () => {
  const took = checkDurationsOf([6000, undefined, 12_000, 3000]);
  expect(took).toMatchObject({ latestMs: 6000, medianMs: 6000, longestMs: 12_000 });
  expect(took?.bars.map(({ ms, height }) => [ms, height])).toEqual([
    [3000, 25],
    [12_000, 100],
    [6000, 50],
  ]);
  const last = took?.bars.at(-1);
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(100);
});

test('one check is no trend', () => {
  expect(checkDurationsOf([])).toBeUndefined();
  expect(checkDurationsOf([undefined, 5])).toBeUndefined();
  expect(checkDurationsOf([0, 0])?.bars.map(({ height }) => height)).toEqual([0, 0]);
});
