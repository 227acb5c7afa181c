import { isWholeCommit, sameCommit } from '../commit.ts';
import { compareText, type Target } from '../target.ts';
import type { Freshness } from '../target-status.ts';

/** What the periods of a target say of one commit, by one name. */
export interface Sighting {
  readonly commit: string;
  /** The first and the last report with it. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** The first SYNCED report with it. */
  readonly firstSyncedAt: number | undefined;
}

/** What is known about the commits of one target. */
export interface TargetSightings {
  readonly target: Target;
  /** What its state is decided from. */
  readonly last: Freshness;
  /** The commit of its newest report. */
  readonly commit: string | undefined;
  /** The commit of its newest report that names one. */
  readonly latest: string | undefined;
  /** Whether the question selects this target. The others of its repo say when a commit was first seen there. */
  readonly isSelected: boolean;
  /** These are the requested commits, and those that are the latest on some target of the repo. */
  readonly sightings: readonly Sighting[];
}

/** A commit in a repo. */
export interface SeenCommit {
  /** Its whole name, if some report had it. */
  readonly commit: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** Whether and when one target reached a commit. */
export interface CommitOnTarget extends Pick<TargetSightings, 'target' | 'last' | 'commit'> {
  /** Undefined if it was not seen there. */
  readonly firstSeenAt: number | undefined;
  readonly syncedAt: number | undefined;
  /** The time from the first sight in the repo to the first SYNCED report of this target. */
  readonly tookMs: number | undefined;
  /**
   * Whether the target was never SYNCED with the commit and has no later one. A later commit is one that was first seen
   * later in the repo.
   */
  readonly isLeft: boolean;
}

/** How far a commit has come. Times are those of the targets that were SYNCED with it; undefined if there are none. */
export interface Convergence {
  /** The number of targets that it was seen on. */
  readonly seen: number;
  readonly synced: number;
  readonly left: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly maxMs: number | undefined;
}

/** The commits of one repo. */
export interface RepoCommits {
  /** The commits that were seen on a selected target since an instant. The newest is first, by its first sight. */
  seenSince(from: number): SeenCommit[];
  /** A commit by any of its names; undefined if it was not seen. */
  find(name: string): SeenCommit | undefined;
  /** Whether and when the selected targets reached a commit. */
  onTargets(seen: SeenCommit): Generator<CommitOnTarget, void>;
}

/** `targets` are all targets of one repo. */
export function commitsOfRepo(targets: readonly TargetSightings[]): RepoCommits {
  const wholeOf = wholeNames(targets.flatMap(({ sightings }) => sightings.map(({ commit }) => commit)));
  const all = new Map<string, SeenCommit>();
  const known = targets.map((target) => {
    const own = mergeByName(target.sightings, wholeOf);
    for (const [commit, seen] of own) all.set(commit, together(all.get(commit), { ...seen, commit }));
    return { ...target, own, latest: target.latest && wholeOf(target.latest) };
  });
  const firstSeen = (name: string | undefined) =>
    name === undefined ? undefined : all.get(name)?.firstSeenAt;
  return {
    seenSince: (from) =>
      [...all.values()]
        .filter(({ commit }) =>
          known.some(({ isSelected, own }) => isSelected && (own.get(commit)?.lastSeenAt ?? -1) >= from),
        )
        .sort((a, b) => b.firstSeenAt - a.firstSeenAt || compareText(a.commit, b.commit)),
    find: (name) =>
      all.get(wholeOf(name)) ?? [...all.values()].find(({ commit }) => sameCommit(commit, name)),
    *onTargets({ commit: name, firstSeenAt }) {
      for (const { target, last, commit, latest, isSelected, own } of known) {
        if (!isSelected) continue;
        const seen = own.get(name);
        const syncedAt = seen?.firstSyncedAt;
        const isPast = latest !== name && (firstSeen(latest) ?? firstSeenAt) > firstSeenAt;
        yield {
          target,
          last,
          commit,
          firstSeenAt: seen?.firstSeenAt,
          syncedAt,
          tookMs: syncedAt === undefined ? undefined : syncedAt - firstSeenAt,
          isLeft: syncedAt === undefined && !isPast,
        };
      }
    },
  };
}

/** Whether the commit is or was on its way to the target. Other targets have only earlier or later ones. */
export function isConcerned({ firstSeenAt, isLeft }: CommitOnTarget): boolean {
  return firstSeenAt !== undefined || isLeft;
}

export function convergenceOf(onTargets: Iterable<CommitOnTarget>): Convergence {
  let [seen, left] = [0, 0];
  const took: number[] = [];
  for (const { firstSeenAt, tookMs, isLeft } of onTargets) {
    if (firstSeenAt !== undefined) seen++;
    if (isLeft) left++;
    if (tookMs !== undefined) took.push(tookMs);
  }
  took.sort((a, b) => a - b);
  return {
    seen,
    synced: took.length,
    left,
    p50Ms: percentile(took, 0.5),
    p95Ms: percentile(took, 0.95),
    maxMs: took.at(-1),
  };
}

/** Interpolates between two values: the 50th percentile is the median. */
function percentile(sorted: readonly number[], share: number): number | undefined {
  const place = share * (sorted.length - 1);
  const [lower, upper] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (lower === undefined || upper === undefined) return undefined;
  return lower + (upper - lower) * (place - Math.floor(place));
}

/** The whole name for each name. It is the name itself if no whole name is known, or if several fit. */
function wholeNames(names: readonly string[]): (name: string) => string {
  const wholes = [...new Set(names)].filter(isWholeCommit);
  const found = new Map<string, string>();
  return (name) => {
    const before = found.get(name);
    if (before !== undefined) return before;
    const [whole, another] = isWholeCommit(name) ? [name] : wholes.filter((one) => sameCommit(one, name));
    const meant = whole === undefined || another !== undefined ? name : whole;
    found.set(name, meant);
    return meant;
  };
}

function mergeByName(
  sightings: readonly Sighting[],
  wholeOf: (name: string) => string,
): Map<string, Sighting> {
  const merged = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const commit = wholeOf(sighting.commit);
    const before = merged.get(commit);
    const firstSyncedAt = earlier(before?.firstSyncedAt, sighting.firstSyncedAt);
    merged.set(commit, { ...together(before, { ...sighting, commit }), firstSyncedAt });
  }
  return merged;
}

function together(
  before: SeenCommit | undefined,
  { commit, firstSeenAt, lastSeenAt }: SeenCommit,
): SeenCommit {
  if (before === undefined) return { commit, firstSeenAt, lastSeenAt };
  return {
    commit,
    firstSeenAt: Math.min(before.firstSeenAt, firstSeenAt),
    lastSeenAt: Math.max(before.lastSeenAt, lastSeenAt),
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
