import { type FoldedReport, foldHistory } from '../../../src/domain/history.ts';
import type { Period } from '../../../src/domain/period.ts';
import type { Sighting, TargetSightings } from '../../../src/domain/questions/commits.ts';

/** What the periods say about each name of a commit. */
export function sightingsOfPeriods(periods: readonly Period[]): Sighting[] {
  const names = new Set(periods.flatMap(({ commit }) => commit ?? []));
  return [...names].sort().map((commit) => {
    const its = periods.filter((period) => period.commit === commit);
    const synced = its.filter(({ finding }) => finding.syncStatus === 'SYNCED');
    return {
      commit,
      firstSeenAt: Math.min(...its.map(({ startedAt }) => startedAt)),
      lastSeenAt: Math.max(...its.map(({ lastCheckedAt }) => lastCheckedAt)),
      firstSyncedAt: synced.length === 0 ? undefined : Math.min(...synced.map(({ startedAt }) => startedAt)),
    };
  });
}

/** A selected target by its reports. */
export function sightingsIn(reports: readonly FoldedReport[], server = 'a'): TargetSightings {
  const { periods } = foldHistory(reports);
  const named = periods.flatMap(({ commit }) => commit ?? []);
  return {
    target: { repo: 'r', server },
    last: { checkedAt: undefined, staleAt: undefined, finding: undefined },
    commit: periods.at(-1)?.commit,
    latest: named.at(-1),
    isSelected: true,
    sightings: sightingsOfPeriods(periods),
  };
}
