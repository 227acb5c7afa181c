import { beforeEach, describe, expect, test } from 'vitest';
import type { Outcome, Submission } from '../../src/domain/record/submission.ts';
import type { Target } from '../../src/domain/target.ts';
import { wakingStore } from '../../src/events/waking-store.ts';
import { aReport, aSubmission, NOON } from '../fixtures.ts';

const recorded = (kind: 'new' | 'duplicate'): Outcome => ({
  kind: 'recorded',
  answers: [
    {
      recorded: kind,
      change: 'first',
      lastCheckAt: NOON,
      checkedAt: NOON,
      since: NOON,
      staleAt: NOON,
      incident: undefined,
    },
  ],
});
const refused: Outcome = { kind: 'refused', code: 'conflict', refusals: [] };

describe('the tail is woken', () => {
  let wakes: number;
  beforeEach(() => {
    wakes = 0;
  });
  const wake = () => {
    wakes++;
  };
  const storeThat = (does: { outcomes?: readonly Outcome[]; isDeleted?: boolean; told?: number }) =>
    wakingStore(
      {
        record: async (_: readonly Submission[]) => does.outcomes ?? [],
        deleteTarget: async (_: Target, _options: { purge: boolean }) => does.isDeleted ?? false,
        recordTimeChanges: async (_: number) => does.told ?? 0,
      },
      { wake },
    );

  test.each([
    ['a new report', [recorded('duplicate'), recorded('new')], 1],
    ['nothing but retries and refusals', [recorded('duplicate'), refused], 0],
  ])('by %s', async (_, outcomes, expected) => {
    expect(await storeThat({ outcomes }).record([aSubmission([aReport()])])).toBe(outcomes);
    expect(wakes).toBe(expected);
  });

  test.each([
    [true, 1],
    [false, 0],
  ])('by a deletion where there was something to delete: %s', async (isDeleted, expected) => {
    const target = { repo: 'web', server: 'a' };
    expect(await storeThat({ isDeleted }).deleteTarget(target, { purge: false })).toBe(isDeleted);
    expect(wakes).toBe(expected);
  });

  test.each([
    [3, 1],
    [0, 0],
  ])('by time where it has changed the state of %i targets', async (told, expected) => {
    expect(await storeThat({ told }).recordTimeChanges(500)).toBe(told);
    expect(wakes).toBe(expected);
  });
});
