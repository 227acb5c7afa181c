import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingOf, SYNC_STATUSES } from '../../src/domain/finding.ts';
import { stateOf, statesHoldUntil } from '../../src/domain/target-status.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

const statuses = fc.array(
  fc
    .record({
      syncStatus: fc.constantFrom(...SYNC_STATUSES),
      minute: fc.integer({ min: -120, max: 120 }),
      staleAfterMinutes: fc.integer({ min: 1, max: 30 }),
    })
    .map(({ syncStatus, minute, staleAfterMinutes }) => ({
      finding: { id: 1, ...findingOf({ syncStatus }) },
      checkedAt: NOON + minute * MINUTE,
      staleAt: NOON + (minute + staleAfterMinutes) * MINUTE,
    })),
  { maxLength: 5 },
);

describe('the states of several targets', () => {
  test('hold exactly until the instant at which the first one changes', () => {
    fc.assert(
      fc.property(statuses, fc.integer({ min: -HOUR, max: HOUR }), (all, offset) => {
        const now = NOON + offset;
        const statesAt = (at: number) => all.map((status) => stateOf(status, at));
        const until = statesHoldUntil(all, now);
        expect(until).toBeGreaterThan(now);
        const last = until === Number.POSITIVE_INFINITY ? NOON + 10 * HOUR : until - 1;
        expect(statesAt(last)).toEqual(statesAt(now));
        for (let at = now; at < last; at += 10 * MINUTE) expect(statesAt(at)).toEqual(statesAt(now));
        if (until !== Number.POSITIVE_INFINITY) expect(statesAt(until)).not.toEqual(statesAt(now));
      }),
    );
  });
});
