import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { sightingsOfPeriods } from '../domain/questions/sightings.ts';
import { aReport, MINUTE, NOON, OLD_COMMIT, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { anArrival } from './arrivals.ts';
import { ALL_TIME, type StartStore, storeTest, withStore } from './harness.ts';

/** Where commits were seen. */
export function describeCommits(start: StartStore): void {
  const it = storeTest(start);

  describe('sightings of commits', () => {
    test('follow the periods of each target, by name or since an instant', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anArrival, { maxLength: 30, size: 'max' }),
          fc.constantFrom(OLD_COMMIT, OLD_COMMIT.slice(0, 7), OLD_COMMIT.slice(0, 9), 'new', 'none'),
          fc.integer({ min: -1, max: 50 }),
          (reports, name, minute) =>
            withStore(start, async (store) => {
              for (const report of reports) await recordAll(store, [report]);
              const periods = await store.periods({}, ALL_TIME);
              const named = await store.commitSightings({}, { texts: [name] });
              const latest = new Set(named.flatMap((one) => one.latest ?? []));
              for (const [i, { target, sightings, ...found }] of named.entries()) {
                const expected = periods[i];
                if (expected === undefined) throw new Error('It has another target.');
                expect(target).toEqual(expected.target);
                const names = expected.periods.flatMap(({ commit }) => commit ?? []);
                expect([found.commit, found.latest]).toEqual([expected.periods.at(-1)?.commit, names.at(-1)]);
                const wanted = (text: string) =>
                  [name, ...latest].some((one) => one.startsWith(text) || text.startsWith(one));
                const all = merged(sightings);
                expect(all.filter(({ commit }) => wanted(commit))).toEqual(
                  sightingsOfPeriods(expected.periods).filter(({ commit }) => wanted(commit)),
                );
              }
              const from = NOON + minute * MINUTE;
              const since = await store.commitSightings({}, { from });
              for (const [i, { sightings }] of since.entries()) {
                const seenSince = sightingsOfPeriods(periods[i]?.periods ?? []).filter(
                  ({ lastSeenAt }) => lastSeenAt >= from,
                );
                expect(merged(sightings)).toEqual(expect.arrayContaining(seenSince));
              }
            }),
        ),
        propertyRuns(100, start),
      );
    });

    it('have the other targets of the repo, but no others and no deleted ones', async (store) => {
      await recordAll(store, [
        aReport({ repo: 'a', server: '1', commit: 'x' }),
        aReport({ repo: 'a', server: '2', commit: 'x' }),
        aReport({ repo: 'a', server: '3', commit: 'x' }),
        aReport({ repo: 'b', server: '1', commit: 'x' }),
      ]);
      await store.deleteTarget({ repo: 'a', server: '3' }, { purge: false });
      const found = await store.commitSightings({ repos: ['a'], servers: ['1'] }, { texts: ['x'] });
      expect(found.map(({ target, isSelected }) => [target.repo, target.server, isSelected])).toEqual([
        ['a', '1', true],
        ['a', '2', false],
      ]);
      const isWanted = ({ target }: { target: { server: string } }) => target.server === '2';
      const wanted = await store.commitSightings({ repos: ['a'] }, { texts: ['x'] }, { isWanted });
      expect(wanted.map(({ isSelected }) => isSelected)).toEqual([false, true]);
    });
  });

  it('known commits begin with a text or are a prefix of it, now and before, by repo', async (store) => {
    const report = (repo: string, minute: number, commit: string) =>
      aReport({ repo, lastCheckAt: NOON + minute * MINUTE, commit });
    const short = OLD_COMMIT.slice(0, 8);
    await recordAll(store, [report('a', 0, OLD_COMMIT), report('a', 1, 'other'), report('b', 0, short)]);
    const known = async (text: string, repos?: string[]) => namesOf(store, text, repos);
    expect(await known(OLD_COMMIT)).toEqual([`a ${OLD_COMMIT}`, `b ${short}`]);
    expect(await known(OLD_COMMIT.slice(0, 7))).toEqual([`a ${OLD_COMMIT}`, `b ${short}`]);
    expect(await known(OLD_COMMIT, ['b'])).toEqual([`b ${short}`]);
    expect(await known('other')).toEqual(['a other']);
    expect(await known('')).toEqual([`a ${OLD_COMMIT}`, 'a other', `b ${short}`]);
    expect(await known('others')).toEqual([]);
    await store.deleteTarget({ repo: 'a', server: 'rsyslog-lab' }, { purge: false });
    expect(await known(OLD_COMMIT)).toEqual([`b ${short}`]);
  });
}

async function namesOf(store: Store, text: string, repos?: string[]): Promise<string[]> {
  const known = await store.knownCommits(repos === undefined ? {} : { repos }, [text]);
  return known.map(({ repo, commit }) => `${repo} ${commit}`).sort();
}

/** One for each name: the current period comes apart from the ended ones. */
function merged(sightings: Awaited<ReturnType<Store['commitSightings']>>[number]['sightings']) {
  const names = [...new Set(sightings.map(({ commit }) => commit))].sort();
  return names.map((commit) => {
    const its = sightings.filter((one) => one.commit === commit);
    const synced = its.flatMap(({ firstSyncedAt }) => firstSyncedAt ?? []);
    return {
      commit,
      firstSeenAt: Math.min(...its.map(({ firstSeenAt }) => firstSeenAt)),
      lastSeenAt: Math.max(...its.map(({ lastSeenAt }) => lastSeenAt)),
      firstSyncedAt: synced.length === 0 ? undefined : Math.min(...synced),
    };
  });
}
