import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { ticksOf } from '../../../src/web/views/axis.tsx';
import { formatTick } from '../../../src/web/views/words.ts';

const script: {
  ticksOf(from: number, to: number): number[];
  formatTick(at: number): string;
} = await import(new URL('../../../src/web/static/script/axis.js', import.meta.url).href);

const HOUR = 3_600_000;
const SPANS = [1 / 4, 1, 3, 6, 24, 7 * 24, 30 * 24, 90 * 24, 400 * 24].map((hours) => hours * HOUR);

afterEach(() => vi.unstubAllEnvs());

test('in UTC the script marks a picture as the server does', () => {
  vi.stubEnv('TZ', 'UTC');
  const from = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2030) });
  fc.assert(
    fc.property(from, fc.constantFrom(...SPANS), (start, span) => {
      const ticks = ticksOf({ from: start, to: start + span });
      expect(script.ticksOf(start, start + span)).toEqual(ticks);
      expect(ticks.length).toBeLessThanOrEqual(9);
      for (const at of ticks) expect(script.formatTick(at)).toBe(formatTick(at));
    }),
  );
});

const words = (zone: string, from: string, hours: number) => {
  vi.stubEnv('TZ', zone);
  const start = Date.parse(from);
  return script.ticksOf(start, start + hours * HOUR).map(script.formatTick);
};

test.each([
  ['Europe/Vienna', '2026-03-28T22:30:00Z', 'the hour that is missing'],
  ['Europe/Vienna', '2026-10-24T21:30:00Z', 'the hour that comes twice'],
  ['America/New_York', '2026-11-01T03:30:00Z', 'the hour that comes twice, elsewhere'],
])('in %s from %s on, marks are at whole local hours across %s', (zone, from) => {
  const marks = words(zone, from, 24);
  expect(marks.filter((mark) => mark.includes(':'))).toEqual(
    expect.arrayContaining(['04:00', '08:00', '12:00', '16:00', '20:00']),
  );
  for (const mark of marks) expect(mark).toMatch(/^(?:(?:04|08|12|16|20):00|\d+ [A-Z][a-z]{2})$/);
});

test('over many days each mark is a day that begins there, on both sides of the change', () => {
  expect(words('Europe/Vienna', '2026-10-20T10:00:00Z', 7 * 24)).toEqual([
    '21 Oct',
    '22 Oct',
    '23 Oct',
    '24 Oct',
    '25 Oct',
    '26 Oct',
    '27 Oct',
  ]);
});
