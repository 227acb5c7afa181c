import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameCommit } from '../../../src/domain/commit.ts';
import { findingOf } from '../../../src/domain/finding.ts';
import type { FoldedReport } from '../../../src/domain/history.ts';
import { compareKeys } from '../../../src/domain/history-key.ts';
import { type CommitOnTarget, commitsOfRepo, convergenceOf } from '../../../src/domain/questions/commits.ts';
import { MINUTE, OLD_COMMIT } from '../../fixtures.ts';
import { propertyRuns } from '../../full-length.ts';
import { observations } from '../arbitraries.ts';
import { sightingsIn } from './sightings.ts';

const TARGETS = ['a', 'b', 'c'];

/** The definition, from reports: `each` has those of each target, in order. */
function byReports(each: readonly (readonly FoldedReport[])[], commit: string) {
  const isIt = ({ commit: name }: FoldedReport) => name !== undefined && sameCommit(name, commit);
  const firstIn = (reports: readonly FoldedReport[], isWanted: (report: FoldedReport) => boolean) =>
    reports.filter(isWanted).map(({ checkedAt }) => checkedAt)[0];
  const firstSight = (name: string) =>
    Math.min(
      ...each
        .flat()
        .flatMap((one) => (one.commit !== undefined && sameCommit(one.commit, name) ? [one.checkedAt] : [])),
    );
  const firstSeenAt = firstSight(commit);
  return each.map((reports) => {
    const syncedAt = firstIn(reports, (one) => isIt(one) && one.finding.syncStatus === 'SYNCED');
    const latest = reports.findLast(({ commit: name }) => name !== undefined)?.commit;
    const isPast = latest !== undefined && !sameCommit(latest, commit) && firstSight(latest) > firstSeenAt;
    return {
      firstSeenAt: firstIn(reports, isIt),
      syncedAt,
      tookMs: syncedAt === undefined ? undefined : syncedAt - firstSeenAt,
      isLeft: syncedAt === undefined && !isPast,
    };
  });
}

describe('the commits of a repo', () => {
  test('follow the reports: first seen, first SYNCED, and what is left', () => {
    fc.assert(
      fc.property(fc.array(observations, { minLength: 1, maxLength: 3 }), (all) => {
        const each = all.map((reports) => [...reports].sort(compareKeys));
        const commits = commitsOfRepo(each.map((reports, i) => sightingsIn(reports, TARGETS[i])));
        const names = new Set(each.flat().flatMap(({ commit }) => commit ?? []));
        for (const name of names) {
          const seen = commits.find(name);
          if (seen === undefined) throw new Error(`${name} is not found.`);
          const found = [...commits.onTargets(seen)].map(({ firstSeenAt, syncedAt, tookMs, isLeft }) => ({
            firstSeenAt,
            syncedAt,
            tookMs,
            isLeft,
          }));
          expect(found).toEqual(byReports(each, name));
        }
        const listed = commits.seenSince(0).map(({ commit }) => commit);
        const whole = (name: string) =>
          names.has(OLD_COMMIT) && sameCommit(OLD_COMMIT, name) ? OLD_COMMIT : name;
        expect(new Set(listed)).toEqual(new Set([...names].map(whole)));
      }),
      propertyRuns(1000),
    );
  });

  test('are neither of two if both begin with a short name', () => {
    const [one, other] = [OLD_COMMIT, `${OLD_COMMIT.slice(0, 20)}${'a'.repeat(20)}`];
    const short = OLD_COMMIT.slice(0, 8);
    const sighting = (commit: string, at: number) => ({
      commit,
      firstSeenAt: at,
      lastSeenAt: at,
      firstSyncedAt: undefined,
    });
    const targets = [one, other, short].map((commit, i) => ({
      target: { repo: 'r', server: `${i}` },
      last: { checkedAt: undefined, staleAt: undefined, finding: undefined },
      commit,
      latest: commit,
      isSelected: true,
      sightings: [sighting(commit, i)],
    }));
    expect(
      commitsOfRepo(targets)
        .seenSince(0)
        .map(({ commit }) => commit),
    ).toEqual([short, other, one]);
    expect(
      commitsOfRepo(targets.slice(1))
        .seenSince(0)
        .map(({ commit }) => commit),
    ).toEqual([other]);
  });

  test('count only selected targets, but from the first sight on any target', () => {
    const reports = (...minutes: number[]) =>
      minutes.map((minute) => ({
        checkedAt: minute * MINUTE,
        receivedAt: minute * MINUTE,
        staleAt: minute * MINUTE + 1,
        finding: { id: 0, ...findingOf({ syncStatus: 'SYNCED' }) },
        commit: 'c',
        runUrl: undefined,
        afterDeploy: false,
      }));
    const first = { ...sightingsIn(reports(1), 'a'), isSelected: false };
    const commits = commitsOfRepo([first, sightingsIn(reports(3, 9), 'b')]);
    const [seen] = commits.seenSince(0);
    expect(seen).toEqual({ commit: 'c', firstSeenAt: MINUTE, lastSeenAt: 9 * MINUTE });
    expect(
      [...commits.onTargets(seen ?? expect.fail())].map(({ target, tookMs }) => [target.server, tookMs]),
    ).toEqual([['b', 2 * MINUTE]]);
    expect(commitsOfRepo([first]).seenSince(0)).toEqual([]);
  });
});

describe('the time to converge', () => {
  const on = (tookMs: number | undefined, isLeft = false): CommitOnTarget => ({
    target: { repo: 'r', server: 's' },
    last: { checkedAt: undefined, staleAt: undefined, finding: undefined },
    commit: undefined,
    firstSeenAt: tookMs,
    syncedAt: tookMs,
    tookMs,
    isLeft,
  });

  test.each([
    ['nobody', [], undefined, undefined, undefined],
    ['one', [7], 7, 7, 7],
    ['two', [0, 600], 300, 570, 600],
    ['three, in any order', [30, 10, 20], 20, 29, 30],
    ['a hundred and one', Array.from({ length: 101 }, (_, i) => i), 50, 95, 100],
  ] as [string, number[], number?, number?, number?][])('of %s', (_, took, p50Ms, p95Ms, maxMs) => {
    const convergence = convergenceOf([...took.map((ms) => on(ms)), on(undefined, true), on(undefined)]);
    expect(convergence).toEqual({ seen: took.length, synced: took.length, left: 1, p50Ms, p95Ms, maxMs });
  });
});
