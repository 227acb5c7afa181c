import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Mute } from '../../../src/domain/mute.ts';
import { STATES } from '../../../src/domain/state.ts';
import { compareUrgency } from '../../../src/domain/urgency.ts';
import { problemsOf } from '../../../src/web/models/problems.ts';
import { isLeft, isWrong, needsSomeone } from '../../../src/web/models/target-row.ts';
import type { TargetRow } from '../../../src/web/views/fleet-view.ts';
import { HOUR, NOON } from '../../fixtures.ts';

const MUTE: Mute = {
  id: 1,
  matchers: {},
  reason: 'trial',
  startsAt: NOON,
  endsAt: NOON + HOUR,
  untilInSync: false,
  createdAt: NOON,
  by: { name: 'alice', verified: true },
  endedAt: undefined,
  endedBy: undefined,
  members: new Map(),
};

/** Out of sync in one file by default. */
function aRow(traits: Partial<TargetRow> = {}): TargetRow {
  const { state = 'OUT_OF_SYNC', incident = state === 'OUT_OF_SYNC' ? anIncident() : undefined } = traits;
  return {
    repo: 'web',
    server: 'a',
    labels: {},
    since: NOON,
    stateSince: NOON,
    checkedAt: NOON,
    syncStatus: state === 'STALE' ? 'SYNCED' : state,
    driftCount: 1,
    files: state === 'OUT_OF_SYNC' ? ['motd'] : [],
    commit: undefined,
    runUrl: undefined,
    error: undefined,
    next: 'the owner: look',
    acknowledgement: undefined,
    mute: undefined,
    ...traits,
    state,
    incident,
    worst: incident === undefined ? state : 'OUT_OF_SYNC',
  };
}

function anIncident(cause?: 'host_changed' | 'commit_not_applied') {
  return { id: 1, openedAt: NOON, cause };
}

const rows: fc.Arbitrary<TargetRow[]> = fc
  .array(
    fc.record({
      repo: fc.constantFrom('web', 'db'),
      state: fc.constantFrom(...STATES),
      hasIncident: fc.boolean(),
      files: fc.constantFrom<string[]>([], ['motd'], ['motd', 'hosts']),
      cause: fc.constantFrom(undefined, 'host_changed' as const, 'commit_not_applied' as const),
      error: fc.constantFrom(undefined, 'no route', 'no route to 3'),
      hoursAgo: fc.integer({ min: 0, max: 9 }),
      mute: fc.constantFrom(undefined, undefined, MUTE, { ...MUTE, id: 2 }),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((all) =>
    all.map(({ hasIncident, cause, hoursAgo, ...traits }, i) => {
      // A target out of sync has an incident, and one in sync has none.
      const isOpen = traits.state === 'OUT_OF_SYNC' || (hasIncident && traits.state !== 'SYNCED');
      return aRow({
        ...traits,
        server: String(i),
        since: NOON - hoursAgo * HOUR,
        incident: isOpen ? anIncident(cause) : undefined,
      });
    }),
  );

describe('the problems of a fleet', () => {
  test('have every target that is wrong in exactly one, and no other', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const named = problemsOf(all).flatMap(({ targets }) => targets.map(({ server }) => server));
        expect(named.sort()).toEqual(
          all
            .filter(isWrong)
            .map(({ server }) => server)
            .sort(),
        );
      }),
    );
  });

  test('that are not muted add up to the targets that need someone', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const open = problemsOf(all).filter(({ longest }) => needsSomeone(longest));
        const count = open.reduce((sum, { targets }) => sum + targets.length, 0);
        expect(count).toBe(all.filter(needsSomeone).length);
        for (const { targets } of open) expect(targets.filter(isLeft)).toEqual([]);
      }),
    );
  });

  test('are each of one repo and state, of the same files and cause, and begin with the longest', () => {
    fc.assert(
      fc.property(rows, (all) => {
        for (const { longest, targets } of problemsOf(all)) {
          for (const one of targets) {
            expect([one.repo, one.state, one.incident?.cause, one.mute?.id]).toEqual([
              longest.repo,
              longest.state,
              longest.incident?.cause,
              longest.mute?.id,
            ]);
            if (one.state !== 'STALE') expect(one.files).toEqual(longest.files);
            expect(one.since).toBeGreaterThanOrEqual(longest.since);
          }
        }
      }),
    );
  });

  test('have the worst first, then the longest, and muted ones last', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const problems = problemsOf(all).map(({ longest }) => longest);
        problems.slice(1).forEach((one, i) => {
          const before = problems[i] ?? one;
          expect(Number(isLeft(before))).toBeLessThanOrEqual(Number(isLeft(one)));
          if (isLeft(before) !== isLeft(one)) return;
          const [worse, better] = [before, one].map(({ worst, since }) => ({ state: worst, since }));
          if (worse && better) expect(compareUrgency(worse, better)).toBeLessThanOrEqual(0);
        });
      }),
    );
  });

  test('have stable ids, for any order of the targets', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const ids = (some: readonly TargetRow[]) => new Set(problemsOf(some).map(({ id }) => id));
        expect(ids(all).size).toBe(problemsOf(all).length);
        expect(ids([...all].reverse())).toEqual(ids(all));
      }),
    );
  });

  test('of checks that failed are one if their errors differ only in the name of the server', () => {
    const failed = (server: string, error: string) => aRow({ state: 'UNKNOWN', server, error });
    const same = problemsOf([failed('web-1', 'no route to web-1'), failed('web-2', 'no route to web-2')]);
    expect(same.map(({ targets, error }) => [targets.length, error])).toEqual([[2, 'no route to …']]);
    expect(problemsOf([failed('web-1', 'no route'), failed('web-2', 'timeout')])).toHaveLength(2);
    expect(problemsOf([failed('web-1', 'no route to web-1')])[0]?.error).toBe('no route to web-1');
  });

  test('are separate if different people act', () => {
    const next = (server: string, next: string) => aRow({ server, next });
    expect(problemsOf([next('a', 'alice (owner): look'), next('b', 'bob (owner): look')])).toHaveLength(2);
  });
});
