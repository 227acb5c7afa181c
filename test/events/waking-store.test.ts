import { beforeEach, describe, expect, test } from 'vitest';
import type { Outcome, Submission } from '../../src/domain/record/submission.ts';
import type { Target } from '../../src/domain/target.ts';
import { wakingStore } from '../../src/events/waking-store.ts';
import type { AcknowledgementOutcome, MuteOutcome } from '../../src/store/mutes.ts';
import type { Declaration, Renaming } from '../../src/store/recording.ts';
import { aReport, aSubmission, NOON } from '../fixtures.ts';

const recorded = (kind: 'new' | 'duplicate'): Outcome => ({
  kind: 'recorded',
  answers: [
    {
      target: { repo: 'web', server: 'a' },
      similar: [],
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
const refusedMute = async (..._: readonly unknown[]): Promise<MuteOutcome> => ({
  kind: 'refused',
  reason: 'ended',
});
const refused: Outcome = { kind: 'refused', code: 'conflict', refusals: [] };

describe('the tail is woken', () => {
  let wakes: number;
  let told: (readonly Target[] | undefined)[];
  beforeEach(() => {
    wakes = 0;
    told = [];
  });
  const wake = (touched?: readonly Target[]) => {
    wakes++;
    told.push(touched);
  };
  const storeThat = (does: {
    outcomes?: readonly Outcome[];
    declared?: readonly Declaration[];
    renaming?: Renaming;
    isDeleted?: boolean;
    told?: number;
  }) =>
    wakingStore(
      {
        declareTargets: async (_: readonly Target[], _by: object) => does.declared ?? [],
        renameTarget: async (_: { from: Target; to: Target }, _by: object) =>
          does.renaming ?? { kind: 'refused' as const, reason: { kind: 'not_found' as const } },
        record: async (_: readonly Submission[]) => does.outcomes ?? [],
        deleteTarget: async (_: Target, _options: { purge: boolean }) => does.isDeleted ?? false,
        recordTimeChanges: async (_: number) => does.told ?? 0,
        addMute: refusedMute,
        changeMute: refusedMute,
        endMute: refusedMute,
        endMutesThatAreOver: async () => does.told ?? 0,
        acknowledge: async (..._: readonly unknown[]): Promise<AcknowledgementOutcome> => ({
          kind: 'refused',
          reason: 'resolved',
        }),
        endAcknowledgement: async (..._: readonly unknown[]) => false,
      },
      { wake },
    );

  test.each([
    ['a new report', [recorded('duplicate'), recorded('new')], 1],
    ['nothing but retries and refusals', [recorded('duplicate'), refused], 0],
  ])('by %s', async (_, outcomes, expected) => {
    expect(await storeThat({ outcomes }).record([aSubmission([aReport()])])).toBe(outcomes);
    expect(wakes).toBe(expected);
    expect(told).toEqual(expected === 0 ? [] : [[{ repo: 'web', server: 'a' }]]);
  });

  test.each([
    ['a new declaration', [{ kind: 'unchanged' }, { kind: 'declared', similar: [] }], 1],
    ['declarations that change nothing', [{ kind: 'unchanged' }], 0],
  ] as const)('by %s', async (_, declared, expected) => {
    expect(await storeThat({ declared }).declareTargets([], {})).toBe(declared);
    expect(wakes).toBe(expected);
  });

  test.each([
    [{ kind: 'renamed', similar: [] }, 1],
    [{ kind: 'refused', reason: { kind: 'same_name' } }, 0],
  ] as const)('by an accepted rename: %o', async (renaming, expected) => {
    const names = { from: { repo: 'web', server: 'a' }, to: { repo: 'web', server: 'b' } };
    expect(await storeThat({ renaming }).renameTarget(names, {})).toBe(renaming);
    expect(wakes).toBe(expected);
  });

  test.each([
    [true, 1],
    [false, 0],
  ])('by a deletion if there was something to delete: %s', async (isDeleted, expected) => {
    const target = { repo: 'web', server: 'a' };
    expect(await storeThat({ isDeleted }).deleteTarget(target, { purge: false })).toBe(isDeleted);
    expect(wakes).toBe(expected);
  });

  test.each([
    [3, 1],
    [0, 0],
  ])('by time if it has changed the state of %i targets', async (told, expected) => {
    expect(await storeThat({ told }).recordTimeChanges(500)).toBe(told);
    expect(wakes).toBe(expected);
  });

  test.each([
    [2, 1],
    [0, 0],
  ])('by time if it has ended %i mutes', async (told, expected) => {
    expect(await storeThat({ told }).endMutesThatAreOver()).toBe(told);
    expect(wakes).toBe(expected);
  });

  test('by a mute or an acknowledgement', async () => {
    const store = storeThat({});
    const by = { actor: { name: 'alice', verified: true } };
    const terms = { matchers: {}, reason: '', startsAt: 0, endsAt: 0, untilInSync: false };
    await store.addMute(terms, by);
    await store.changeMute(1, terms, by);
    await store.endMute(1, by);
    await store.acknowledge(1, undefined, by);
    await store.endAcknowledgement(1, by);
    expect(wakes).toBe(5);
  });
});
