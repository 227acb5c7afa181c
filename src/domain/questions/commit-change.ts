import { sameCommit } from '../commit.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import type { Target } from '../target.ts';

/** The first check of a repo on a new commit, on any of its servers. */
export interface CommitChange extends Target {
  readonly commit: string;
  readonly at: number;
}

interface TargetHistory {
  readonly target: Target;
  /** In order, starting with the period that overlaps the start of the range. */
  readonly periods: readonly Period[];
}

/** The new commits of a range, in order of time. The first known commit of a target is not a change. */
export function commitChangesIn(histories: readonly TargetHistory[], { from, to }: Range): CommitChange[] {
  const firsts = new Map<string, CommitChange>();
  for (const { target, periods } of histories) {
    for (const { commit, at } of newCommits(periods)) {
      if (at < from || at >= to) continue;
      const key = `${target.repo} ${commit}`;
      const first = firsts.get(key);
      if (first === undefined || at < first.at) firsts.set(key, { ...target, commit, at });
    }
  }
  return [...firsts.values()].sort((a, b) => a.at - b.at);
}

function newCommits(periods: readonly Period[]): { commit: string; at: number }[] {
  const withCommit = periods.filter(({ commit }) => commit !== undefined);
  return withCommit.flatMap(({ commit, startedAt }, i) => {
    const before = withCommit[i - 1]?.commit;
    return commit === undefined || before === undefined || sameCommit(before, commit)
      ? []
      : [{ commit, at: startedAt }];
  });
}
