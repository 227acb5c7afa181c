import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatInstant } from '../../src/domain/instant.ts';

const MOST_MS = 8.64e15;
const DAY_MS = 86_400_000;

/** Instants of all time, and of a few days. */
const instants = fc.oneof(
  fc.integer({ min: -MOST_MS, max: MOST_MS }),
  fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
  fc.double({ min: -DAY_MS, max: DAY_MS, noNaN: true }),
);

test('an instant is written as JavaScript itself writes it, whatever was written before', () => {
  fc.assert(
    fc.property(fc.array(instants), (several) => {
      for (const at of several) expect(formatInstant(at)).toBe(new Date(at).toISOString());
    }),
  );
});

test('a number that is no instant is not written', () => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, MOST_MS + DAY_MS]) {
    expect(() => formatInstant(at)).toThrow(RangeError);
  }
});
