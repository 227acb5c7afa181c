import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isZone, monthNumber, monthsIn } from '../../src/domain/months.ts';
import { HOUR } from '../fixtures.ts';

const month = (name: string, zone: string) => monthsIn(zone).month(monthNumber(name) ?? Number.NaN);
const iso = (at: number) => new Date(at).toISOString().replace(':00.000Z', 'Z');
const spanOf = (name: string, zone: string) => {
  const { from, to } = month(name, zone);
  return [iso(from), iso(to), (to - from) / HOUR];
};

/** With half hours, quarters, clock changes at midnight, a skipped day, and dates ahead of and behind all others. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Asuncion',
  'Asia/Amman',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];

describe('a calendar month of a zone', () => {
  test.each([
    ['2026-11', 'UTC', '2026-11-01T00:00Z', '2026-12-01T00:00Z', 720],
    ['2026-11', 'Europe/Berlin', '2026-10-31T23:00Z', '2026-11-30T23:00Z', 720],
    ['2026-10', 'Europe/Berlin', '2026-09-30T22:00Z', '2026-10-31T23:00Z', 745],
    ['2026-03', 'Europe/Berlin', '2026-02-28T23:00Z', '2026-03-31T22:00Z', 743],
    ['2026-07', 'Asia/Kathmandu', '2026-06-30T18:15Z', '2026-07-31T18:15Z', 744],
    ['2028-10', 'Australia/Lord_Howe', '2028-09-30T13:30Z', '2028-10-31T13:00Z', 743.5],
    ['2026-12', 'Pacific/Kiritimati', '2026-11-30T10:00Z', '2026-12-31T10:00Z', 744],
    ['2012-02', 'UTC', '2012-02-01T00:00Z', '2012-03-01T00:00Z', 696],
  ])('%s in %s has its hours, one more or less if clocks change', (name, zone, from, to, hours) => {
    expect(spanOf(name, zone)).toEqual([from, to, hours]);
  });

  test('begins when clocks go forward over its midnight', () => {
    expect(spanOf('2017-10', 'America/Asuncion').slice(0, 1)).toEqual(['2017-10-01T04:00Z']);
    expect(spanOf('2011-04', 'Asia/Amman').slice(0, 1)).toEqual(['2011-03-31T22:00Z']);
  });

  test('begins at the first of two midnights if clocks go back over it, and has the repeated hour', () => {
    const { month, numberAt } = monthsIn('America/St_Johns');
    const november = month(monthNumber('2009-11') ?? 0);
    expect(iso(november.from)).toBe('2009-11-01T02:30Z');
    // The clock shows 23:30 on October 31 again.
    expect(month(numberAt(Date.parse('2009-11-01T03:00:00Z'))).name).toBe('2009-11');
  });

  test('begins where the month before ends, and has every instant in between', () => {
    const cases = fc.record({
      zone: fc.constantFrom(...ZONES),
      at: fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2060, 0) }),
    });
    fc.assert(
      fc.property(cases, ({ zone, at }) => {
        const { month, numberAt } = monthsIn(zone);
        const number = numberAt(at);
        const { from, to } = month(number);
        expect(from <= at && at < to).toBe(true);
        expect(month(number - 1).to).toBe(from);
        expect([from, from - 1, to - 1, to].map(numberAt)).toEqual([number, number - 1, number, number + 1]);
        expect(monthNumber(month(number).name)).toBe(number);
      }),
      { numRuns: 300 },
    );
  });

  test('is named by year and month only', () => {
    expect(['2026-13', '2026-00', '2026-1', '26-01', '1969-12', '2026-11-01', ''].map(monthNumber)).toEqual(
      Array.from({ length: 7 }, () => undefined),
    );
  });
});

test('a zone is a name of the IANA database, not an offset or anything else', () => {
  expect(ZONES.every(isZone)).toBe(true);
  for (const text of ['', '+01:00', 'Mars/Olympus', 'Europe/Berlin ', 'local', '../etc', 'UTC+1', 'CEST2']) {
    expect([text, isZone(text)]).toEqual([text, false]);
  }
});
