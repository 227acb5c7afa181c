import { sameCommit } from '../../domain/commit.ts';
import { type CommitOnTarget, convergenceOf, isConcerned } from '../../domain/questions/commits.ts';
import { commitsIn, type Landing, nameOfLanded } from '../../domain/questions/landings.ts';
import { factRangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import { compareTargets } from '../../domain/target.ts';
import { stateOf } from '../../domain/target-status.ts';
import type { Arrival, CommitView } from '../views/commit-page.tsx';
import type { Reach } from '../views/commit-words.ts';
import { SPAN_MS } from '../views/range-nav.tsx';
import { commitLine } from './commits.ts';
import { pageOf } from './paginate.ts';

const PAGE_SIZE = 50;
/** The neighbouring commits of the repo. */
const LINES = 10;

interface Asked {
  readonly landings: readonly [Landing, ...Landing[]];
  readonly repo: readonly string[] | undefined;
  readonly page: number;
  readonly now: number;
}

/** Where a commit has landed, what is left, and how long it took. */
export async function commitView(
  reader: HistoryReader,
  { landings, repo, page, now }: Asked,
): Promise<CommitView> {
  const repos = landings.map((landing) => landing.repo);
  const [only, ...others] = repos;
  const range = factRangeOf({ from: now - SPAN_MS['30d'] }, now);
  const isOne = others.length === 0;
  const [summaries, commits] = await Promise.all([
    reader.summaries({ repos }),
    isOne ? commitsIn(reader, { filter: { repos } }, { range, now }) : [],
  ]);
  const onTargets = landings.flatMap((landing) => landing.onTargets).filter(isConcerned);
  const commit = nameOfLanded(landings);
  const arrivals = onTargets.map((one) => toArrival(one, { commit, now })).sort(compareArrivals);
  const { left, p50Ms, maxMs } = convergenceOf(onTargets);
  const firstSeenAt = Math.min(...landings.map(({ seen }) => seen.firstSeenAt));
  const shown = pageOf(arrivals, { page, size: PAGE_SIZE });
  return {
    commit,
    repo: isOne ? only : undefined,
    repos,
    chosenRepo: repo,
    branch: summaries.find((status) => isSame(status.commit, commit))?.branch,
    firstSeenAt,
    firstServer: arrivals.find(({ seenAt }) => seenAt === firstSeenAt)?.server,
    ...reachOf(commit, onTargets),
    left: arrivals.filter(({ kind }) => kind === 'left').map(({ server }) => server),
    medianMs: p50Ms,
    slowestMs: maxMs,
    endMs: endOf({ maxMs, isAnyLeft: left > 0, ageMs: Math.max(0, now - firstSeenAt) }),
    arrivals: shown.items,
    page: shown.page,
    pages: shown.pages,
    lines: commits.slice(0, LINES).map((one) => commitLine(one.repo, one.commits, one.seen)),
  };
}

/** How far a commit has come on the targets that it concerns. */
export function reachOf(commit: string, concerned: readonly CommitOnTarget[]): Reach {
  return {
    isThere: concerned.some((one) => one.isLeft || isHere(one, commit)),
    targets: concerned.length,
    synced: convergenceOf(concerned).synced,
  };
}

/** Whether a target was in sync with a commit, and no other one has replaced it. */
function isHere(one: CommitOnTarget, commit: string): boolean {
  return one.syncedAt !== undefined && isSame(one.commit, commit);
}

function toArrival(one: CommitOnTarget, { commit, now }: { commit: string; now: number }): Arrival {
  const { target, firstSeenAt, syncedAt, tookMs, isLeft } = one;
  return {
    ...target,
    kind: isLeft ? 'left' : isHere(one, commit) ? 'here' : 'replaced',
    state: stateOf(one.last, now),
    seenAt: firstSeenAt,
    syncedAt,
    tookMs,
  };
}

function isSame(a: string | undefined, b: string): boolean {
  return a !== undefined && sameCommit(a, b);
}

/** Targets without the commit come first, then those that took longest. */
function compareArrivals(a: Arrival, b: Arrival): number {
  return (
    Number(b.kind === 'left') - Number(a.kind === 'left') ||
    (b.tookMs ?? -1) - (a.tookMs ?? -1) ||
    compareTargets(a, b)
  );
}

/**
 * The remaining targets wait longer than any took: the picture leaves some room for that, or shows how long they wait
 * now.
 */
function endOf({
  maxMs,
  isAnyLeft,
  ageMs,
}: {
  maxMs: number | undefined;
  isAnyLeft: boolean;
  ageMs: number;
}): number {
  if (maxMs === undefined) return ageMs;
  return isAnyLeft ? Math.max(maxMs, Math.min(ageMs, maxMs * 1.3)) : maxMs;
}
