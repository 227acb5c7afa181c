import { canNameCommit, isWholeCommit, sameCommit } from '../commit.ts';
import { groupBy } from '../group-by.ts';

/** A commit as some report of a repo named it. */
export interface KnownCommit {
  readonly repo: string;
  readonly commit: string;
}

/** What a text of a question means. `texts` are the names of that commit in reports. */
export type CommitMeant =
  | { readonly kind: 'known'; readonly texts: readonly string[] }
  | { readonly kind: 'unknown' }
  /** It is no commit that was reported, and too short or of other letters than the beginning of one. */
  | { readonly kind: 'no_name' }
  /** It begins several commits of one repo. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] };

/** `known` has at least the names that begin with the text, and those that the text begins with. */
export function commitMeant(text: string, known: readonly KnownCommit[]): CommitMeant {
  const wholes = known.filter(({ commit }) => isWholeCommit(commit) && sameCommit(commit, text));
  const candidates = isWholeCommit(text) ? [] : ambiguousIn(wholes);
  if (candidates.length > 0) return { kind: 'ambiguous', candidates };
  // A shorter name than the text is the same commit as well, by the whole name of it.
  const names = [text, ...wholes.map(({ commit }) => commit)];
  const texts = known.filter(({ commit }) => names.some((name) => sameCommit(name, commit)));
  if (texts.length > 0) return { kind: 'known', texts: distinct(texts) };
  return { kind: canNameCommit(text) ? 'unknown' : 'no_name' };
}

function ambiguousIn(wholes: readonly KnownCommit[]): string[] {
  const byRepo = [...groupBy(wholes, ({ repo }) => repo).values()];
  return byRepo.map(distinct).find((names) => names.length > 1) ?? [];
}

function distinct(known: readonly KnownCommit[]): string[] {
  return [...new Set(known.map(({ commit }) => commit))].sort();
}
