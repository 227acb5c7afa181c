import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageTimeOf } from '../../../src/web/models/page-time.ts';
import { DAY, HOUR, NOON } from '../../fixtures.ts';

const now = NOON;

describe('the time of a page', () => {
  test('is now by default, with the span before it', () => {
    expect(pageTimeOf({ range: '7d' }, now)).toEqual({
      at: now,
      isPast: false,
      span: '7d',
      range: { from: now - 7 * DAY, to: now },
      cursorAt: undefined,
    });
  });

  test('at an instant is past, and the span ends there', () => {
    const at = now - 3 * HOUR;
    expect(pageTimeOf({ range: '24h', at }, now)).toEqual({
      at,
      isPast: true,
      span: '24h',
      range: { from: at - DAY, to: at },
      cursorAt: at,
    });
  });

  test('of a range is that of its end, unless an instant in it is requested', () => {
    const [from, to] = [now - 5 * DAY, now - 4 * DAY];
    expect(pageTimeOf({ range: '24h', from, to }, now)).toMatchObject({
      at: to,
      isPast: true,
      span: undefined,
    });
    const inside = pageTimeOf({ range: '24h', from, to, at: from + HOUR }, now);
    expect(inside).toMatchObject({ at: from + HOUR, range: { from, to }, cursorAt: from + HOUR });
    expect(pageTimeOf({ range: '24h', from }, now)).toMatchObject({
      at: now,
      isPast: false,
      span: undefined,
    });
    expect(pageTimeOf({ range: '24h', to }, now).range).toEqual({ from: to - DAY, to });
  });

  test('is never after now, whatever is requested, and never empty', () => {
    const instant = fc.option(fc.integer({ min: now - 9 * DAY, max: now + 9 * DAY }), { nil: undefined });
    fc.assert(
      fc.property(instant, instant, instant, (from, to, at) => {
        const isEmpty = from !== undefined && from >= Math.min(to ?? now, now);
        const asked = { range: '24h', from, to, at } as const;
        if (isEmpty) {
          expect(() => pageTimeOf(asked, now)).toThrow('`from` must be before `to`');
          return;
        }
        const time = pageTimeOf(asked, now);
        expect(time.at).toBeLessThanOrEqual(now);
        expect(time.range.to).toBeLessThanOrEqual(now);
        expect(time.range.from).toBeLessThan(time.range.to);
        expect(time.isPast).toBe(time.at < now);
      }),
    );
  });
});
