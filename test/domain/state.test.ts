import { describe, expect, test } from 'vitest';
import { compareSeverity, STATES, stateAt } from '../../src/domain/state.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';

const synced = { syncStatus: 'SYNCED', checkedAt: NOON, staleAt: NOON + 10 * MINUTE } as const;

describe('the state of a target', () => {
  test('is what was reported until the report expires, and STALE from then on', () => {
    expect(stateAt(synced, NOON)).toBe('SYNCED');
    expect(stateAt(synced, NOON + 10 * MINUTE - 1)).toBe('SYNCED');
    expect(stateAt(synced, NOON + 10 * MINUTE)).toBe('STALE');
  });

  test("is what was reported if the reporter's clock is a little ahead", () => {
    expect(stateAt(synced, NOON - 5 * MINUTE)).toBe('SYNCED');
  });

  test('is STALE if the report is from the future: a clock turned back makes no target healthy', () => {
    expect(stateAt(synced, NOON - 5 * MINUTE - 1)).toBe('STALE');
    expect(stateAt(synced, NOON - HOUR)).toBe('STALE');
  });

  test('is worse the more somebody has to do', () => {
    expect([...STATES].sort(compareSeverity)).toEqual(['OUT_OF_SYNC', 'UNKNOWN', 'STALE', 'SYNCED']);
  });
});
