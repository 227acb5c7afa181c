import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addPruned, horizonsAt, mayPrune, NOTHING_PRUNED, nextHorizon } from '../../src/domain/retention.ts';
import { DAY, HOUR, NOON } from '../fixtures.ts';

const STEP = 2 * DAY;

const anInstant = fc.integer({ min: -100, max: 100 }).map((hours) => NOON + hours * HOUR);
const maybeAnInstant = fc.option(anInstant, { nil: undefined });

describe('the wanted horizons', () => {
  test('lie as far back as each kind of row must stay: events always for 30 days, actions for a year', () => {
    expect(horizonsAt(NOON, { retentionReportsMs: DAY, retentionHistoryMs: 3 * DAY })).toEqual({
      reportsBefore: NOON - DAY,
      historyBefore: NOON - 3 * DAY,
      eventsBefore: NOON - 30 * DAY,
      actionsBefore: NOON - 365 * DAY,
    });
  });
});

describe('the horizon of a pass', () => {
  test.each([
    ['is not there while there are no rows', { wanted: NOON }, undefined],
    ['is not there before a row is too old', { oldest: NOON, wanted: NOON }, undefined],
    ['is at its goal once that is near', { oldest: NOON - 1, wanted: NOON }, NOON],
    ['starts at the oldest row and goes two days', { oldest: NOON, wanted: NOON + 9 * DAY }, NOON + STEP],
    ['goes on from where it was', { stored: NOON, oldest: NOON + DAY, wanted: NOON + 9 * DAY }, NOON + STEP],
    ['skips a time without rows', { stored: 0, oldest: NOON, wanted: NOON + DAY }, NOON + DAY],
    ['stays even if the rows behind it are gone', { stored: NOON, wanted: NOON - DAY }, NOON],
  ])('%s', (_, { stored, oldest, wanted }: Partial<Parameters<typeof nextHorizon>[0]>, expected) => {
    expect(nextHorizon({ stored, oldest, wanted: wanted ?? Number.NaN })).toBe(expected);
  });

  test('never falls, never moves by more than two days, and never passes the wanted one', () => {
    fc.assert(
      fc.property(maybeAnInstant, maybeAnInstant, anInstant, (stored, oldest, wanted) => {
        const next = nextHorizon({ stored, oldest, wanted });
        const isGap =
          stored !== undefined && oldest !== undefined && oldest > stored + STEP && oldest < wanted;
        const start = isGap ? oldest : (stored ?? oldest ?? Number.NaN);
        if (next === undefined) {
          expect(stored).toBeUndefined();
          expect(oldest === undefined || oldest >= wanted).toBe(true);
          return;
        }
        expect(next).toBeGreaterThanOrEqual(stored ?? start);
        expect(next).toBeLessThanOrEqual(start + STEP);
        expect(next).toBeLessThanOrEqual(Math.max(wanted, start));
      }),
      { numRuns: 1000 },
    );
  });

  test('pass by pass reaches the wanted one, whatever the clock said in between', () => {
    fc.assert(
      fc.property(anInstant, fc.array(anInstant), anInstant, (oldest, wanteds, wanted) => {
        let stored: number | undefined;
        for (const each of [...wanteds, ...Array.from({ length: 10 }, () => wanted)]) {
          const next = nextHorizon({ stored, oldest, wanted: each });
          expect(next ?? Number.NEGATIVE_INFINITY).toBeGreaterThanOrEqual(stored ?? Number.NEGATIVE_INFINITY);
          stored = next;
        }
        if (stored === undefined) expect(oldest).toBeGreaterThanOrEqual(wanted);
        else expect(stored).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });
});

describe('a pass', () => {
  test.each([
    ['may run if reporters reported within 30 days', NOON - 30 * DAY, true],
    ['may not run once the clock is further past all of them', NOON - 30 * DAY - 1, false],
    ['may run while a reporter is ahead', NOON + DAY, true],
    ['may run if no reporter ever gave the time', undefined, true],
  ])('%s', (_, newestLastCheckAt, expected) => {
    expect(mayPrune({ now: NOON, newestLastCheckAt })).toBe(expected);
  });
});

test('the numbers of batches add up', () => {
  const twice = [
    { reports: 1, bytes: 4096 },
    { reports: 2, findings: 3, events: 5, actions: 7 },
  ];
  expect(twice.reduce(addPruned, NOTHING_PRUNED)).toEqual({
    ...NOTHING_PRUNED,
    reports: 3,
    findings: 3,
    events: 5,
    actions: 7,
    bytes: 4096,
  });
});
