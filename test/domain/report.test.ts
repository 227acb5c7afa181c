import { describe, expect, test } from 'vitest';
import { MAX_STALE_AFTER_S, staleAfter } from '../../src/domain/report.ts';
import { DAY, MINUTE } from '../fixtures.ts';

describe('how long a report is valid for its target', () => {
  test.each([
    [120, 360_000], // 3 × 2 min is more than 2 min + 3 min
    [60, 240_000], // 1 min + 3 min is more than 3 × 1 min
    [90, 270_000], // both are the same
    [3600, 3 * 3600_000],
  ])('an interval of %i s makes it %i ms', (intervalS, ms) => {
    expect(staleAfter({ expectedIntervalS: intervalS }, 1)).toBe(ms);
  });

  test("without an interval it is the server's default", () => {
    expect(staleAfter({ expectedIntervalS: undefined }, 10 * MINUTE)).toBe(10 * MINUTE);
  });
});

describe('a grace period in the report', () => {
  const graceOf = (staleAfterS: number) => staleAfter({ expectedIntervalS: 120, staleAfterS }, 1);

  test('replaces the rule, up to seven days', () => {
    expect(graceOf(90)).toBe(90_000);
    expect(graceOf(MAX_STALE_AFTER_S + 1)).toBe(7 * DAY);
  });

  test('comes first, with seven days at most', () => {
    expect(staleAfter({ expectedIntervalS: 120, staleAfterS: 90 }, 1)).toBe(90_000);
    expect(staleAfter({ expectedIntervalS: 120, staleAfterS: 30 * 86_400 }, 1)).toBe(7 * DAY);
  });
});
