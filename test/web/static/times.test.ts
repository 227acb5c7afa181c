import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { formatAgo, formatSpan, formatWhen } from '../../../src/web/views/words.ts';

/** The part of the script that must say the same as the server. */
const script: {
  formatSpan: typeof formatSpan;
  formatAgo: typeof formatAgo;
  formatWhen: typeof formatWhen;
} = await import(new URL('../../../src/web/static/script/times.js', import.meta.url).href);

const span = fc.oneof(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 400 * 86_400_000 }));

test('the script says spans and ages in the words of the server', () => {
  fc.assert(
    fc.property(span, (ms) => {
      expect(script.formatSpan(ms)).toBe(formatSpan(ms));
      expect(script.formatAgo(-ms, 0)).toBe(formatAgo(-ms, 0));
    }),
  );
});

afterEach(() => vi.unstubAllEnvs());

test('in UTC the script shortens instants like the server, and elsewhere by the local days', () => {
  vi.stubEnv('TZ', 'UTC');
  const now = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2030) });
  fc.assert(
    fc.property(now, span, (at, ms) => {
      expect(script.formatWhen(at - ms, at)).toBe(formatWhen(at - ms, at));
    }),
  );
  vi.stubEnv('TZ', 'Europe/Vienna');
  const noon = Date.parse('2026-11-25T12:00:00Z');
  const when = (text: string) => script.formatWhen(Date.parse(text), noon);
  expect(when('2026-11-24T23:30:00Z')).toBe('00:30');
  expect(when('2026-11-24T22:30:00Z')).toBe('24 Nov 23:30');
  expect(when('2025-12-31T22:30:00Z')).toBe('31 Dec 2025 23:30');
});
