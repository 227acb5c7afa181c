import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingSpans, type Span, WEEK_MS } from '../../src/store/postgres/partition-spans.ts';
import { DAY, NOON } from '../fixtures.ts';

/** The first instant that RFC 3339 can say. */
const YEAR_0 = Date.UTC(-1, 11, 31);
const YEAR = 365 * DAY;

const width = ({ fromAt, toAt }: Span) => toAt - fromAt;
const has = (spans: readonly Span[], at: number) => spans.some((one) => one.fromAt <= at && at < one.toAt);

/** Some reports at once, after a time: of any age, most of them new. */
const anArrival = fc.record({
  afterMs: fc.integer({ min: 0, max: 30 * DAY }),
  retentionMs: fc.option(fc.integer({ min: DAY, max: 30 * YEAR }), { nil: undefined }),
  ages: fc.array(
    fc.oneof(
      fc.integer({ min: -DAY, max: 300 * DAY }),
      fc.integer({ min: 0, max: 30 * YEAR }),
      fc.integer({ min: 0, max: NOON - YEAR_0 }),
    ),
    { minLength: 1, maxLength: 50 },
  ),
});

test('whatever comes in whatever order, each instant gets one partition, which overlaps no other and is not too wide', () => {
  fc.assert(
    fc.property(fc.array(anArrival, { minLength: 1, maxLength: 20 }), (arrivals) => {
      const taken: Span[] = [];
      let now = NOON;
      for (const { afterMs, retentionMs, ages } of arrivals) {
        now += afterMs;
        const instants = ages.map((age) => now - age);
        const spans = missingSpans(instants, { taken, now, retentionMs });
        taken.push(...spans);
        for (const at of instants) expect(has(taken, at)).toBe(true);
        for (const span of spans) {
          const age = now - span.fromAt;
          expect(width(span)).toBeLessThanOrEqual(Math.max(WEEK_MS, age / 4, (retentionMs ?? 0) / 16));
        }
      }
      const inOrder = taken.toSorted((a, b) => a.fromAt - b.fromAt);
      for (const [place, { toAt }] of inOrder.slice(0, -1).entries()) {
        expect(toAt).toBeLessThanOrEqual(inOrder[place + 1]?.fromAt ?? 0);
      }
    }),
  );
});

test('reports of all weeks since the year 0 have few partitions, the old ones wide, the new ones narrow', () => {
  const weeks = Array.from({ length: 110_000 }, (_, week) => NOON - week * WEEK_MS);
  const spans = missingSpans(weeks, { taken: [], now: NOON });
  expect(spans.length).toBeLessThan(80);
  const lastQuarter = spans.filter(({ fromAt }) => fromAt > NOON - 50 * DAY);
  expect(new Set(lastQuarter.map(width))).toEqual(new Set([WEEK_MS]));
});

test.each([
  [90 * DAY, 20],
  [YEAR, 32],
  [10 * YEAR, 40],
  [50 * YEAR, 40],
])(
  '%d ms of retention have never more than %d partitions, and drop them soon enough',
  (retentionMs, most) => {
    let taken: readonly Span[] = [];
    let counted = 0;
    for (let now = NOON; now < NOON + 2.5 * retentionMs; now += DAY) {
      taken = [...taken, ...missingSpans([now, now + 14 * DAY], { taken, now, retentionMs })];
      taken = taken.filter(({ toAt }) => toAt > now - retentionMs);
      counted = Math.max(counted, taken.length);
      const oldest = Math.min(...taken.map(({ fromAt }) => fromAt));
      expect(oldest).toBeGreaterThan(now - retentionMs - Math.max(WEEK_MS, retentionMs / 16) - DAY);
    }
    expect(counted).toBeLessThanOrEqual(most);
  },
);
