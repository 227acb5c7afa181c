import { describe, expect, test } from 'vitest';
import { instantRefusal, staleAfter } from '../../src/domain/report.ts';
import { DAY, MINUTE, NOON } from '../fixtures.ts';

describe('how long a report speaks for its target', () => {
  test.each([
    [120, 360_000], // 3 × 2 min is more than 2 min + 3 min
    [60, 240_000], // 1 min + 3 min is more than 3 × 1 min
    [90, 270_000], // where both are the same
    [3600, 3 * 3600_000],
  ])('an interval of %i s makes it %i ms', (intervalS, ms) => {
    expect(staleAfter(intervalS, 1)).toBe(ms);
  });

  test("without an interval it is the server's default", () => {
    expect(staleAfter(undefined, 10 * MINUTE)).toBe(10 * MINUTE);
  });
});

describe('the instant of a report', () => {
  const rules = { now: NOON, retentionMs: 90 * DAY };

  test('may be up to five minutes ahead of our clock', () => {
    expect(instantRefusal(NOON + 5 * MINUTE, rules)).toBeUndefined();
    expect(instantRefusal(NOON + 5 * MINUTE + 1, rules)).toMatch(
      /2026-04-21T12:05:00.001Z.*2026-04-21T12:00:00.000Z/,
    );
  });

  test('may be as old as reports are kept', () => {
    expect(instantRefusal(NOON - 90 * DAY, rules)).toBeUndefined();
    expect(instantRefusal(NOON - 90 * DAY - 1, rules)).toContain('GITOPS_STATUS_RETENTION_REPORTS');
  });
});
