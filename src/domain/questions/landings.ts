import { isWholeCommit } from '../commit.ts';
import { groupBy } from '../group-by.ts';
import type { Range } from '../instant.ts';
import { compareText } from '../target.ts';
import {
  type CommitOnTarget,
  commitsOfRepo,
  type RepoCommits,
  type SeenCommit,
  type TargetSightings,
} from './commits.ts';
import { type Selection, selectedTargets } from './histories.ts';
import { commitMeant, type KnownCommit } from './known-commits.ts';
import type { HistoryReader } from './reader.ts';

/** A commit in one repo, and whether and when the selected targets reached it. */
export interface Landing {
  readonly repo: string;
  readonly seen: SeenCommit;
  readonly onTargets: readonly CommitOnTarget[];
}

/** What a text of a question means, and where that commit has landed: in one repo or more. */
export type Landed =
  | { readonly kind: 'landed'; readonly landings: readonly [Landing, ...Landing[]] }
  | { readonly kind: 'unknown' | 'no_name' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] };

/** One of the commits of a repo that were reported. */
interface CommitOfRepo {
  readonly repo: string;
  readonly commits: RepoCommits;
  readonly seen: SeenCommit;
}

/** Where a commit has landed, by its name in reports or the beginning of it. */
export async function landingsOf(
  reader: HistoryReader,
  name: string,
  { selection: { filter, states }, now }: { selection: Selection; now: number },
): Promise<Landed> {
  const known = await reader.knownCommits(filter.repos ? { repos: filter.repos } : {}, [name]);
  const meant = textsOf(name, known);
  if (meant.kind !== 'known') return meant;
  const { texts } = meant;
  const repos = new Set(known.filter(({ commit }) => texts.includes(commit)).map(({ repo }) => repo));
  const asked = { ...filter, repos: [...repos] };
  const isWanted = await selectedTargets(reader, { filter: asked, states }, now);
  const sightings = await reader.commitSightings(asked, { texts }, { isWanted });
  const [first, ...others] = byRepo(sightings).flatMap(({ repo, commits }): Landing[] => {
    const seen = texts.map((text) => commits.find(text)).find((found) => found !== undefined);
    return seen === undefined ? [] : [{ repo, seen, onTargets: [...commits.onTargets(seen)] }];
  });
  return first === undefined ? { kind: 'unknown' } : { kind: 'landed', landings: [first, ...others] };
}

/** The commits that the selected targets reported in a range, the newest first. */
export async function commitsIn(
  reader: HistoryReader,
  selection: Selection,
  { range, now }: { range: Range; now: number },
): Promise<CommitOfRepo[]> {
  const isWanted = await selectedTargets(reader, selection, now);
  const sightings = await reader.commitSightings(selection.filter, { from: range.from }, { isWanted });
  return byRepo(sightings)
    .flatMap(({ repo, commits }) => commits.seenSince(range.from).map((seen) => ({ repo, commits, seen })))
    .filter(({ seen }) => seen.firstSeenAt < range.to)
    .sort((a, b) => b.seen.firstSeenAt - a.seen.firstSeenAt || compareText(a.repo, b.repo));
}

function byRepo(sightings: readonly TargetSightings[]): Omit<CommitOfRepo, 'seen'>[] {
  const groups = groupBy(sightings, ({ target }) => target.repo);
  return [...groups].map(([repo, targets]) => ({ repo, commits: commitsOfRepo(targets) }));
}

/** Its whole name, if some report had it. */
export function nameOfLanded([first, ...others]: readonly [Landing, ...Landing[]]): string {
  return [first, ...others].map(({ seen }) => seen.commit).find(isWholeCommit) ?? first.seen.commit;
}

/** The names of the one requested commit. */
function textsOf(name: string, known: readonly KnownCommit[]) {
  const meant = commitMeant(name, known);
  if (meant.kind !== 'known') return meant;
  const wholes = meant.texts.filter(isWholeCommit);
  if (wholes.length < 2 || isWholeCommit(name)) return meant;
  return { kind: 'ambiguous' as const, candidates: wholes };
}
