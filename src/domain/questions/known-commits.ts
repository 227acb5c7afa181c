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
  /** No such commit was reported, and the text is too short or has the wrong characters for a prefix. */
  | { readonly kind: 'no_name' }
  /** It is the beginning of several commits of one repo. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] };

/** `known` has at least the names that begin with the text, and the names that are prefixes of it. */
export function commitMeant(text: string, known: readonly KnownCommit[]): CommitMeant {
  const wholes = known.filter(({ commit }) => isWholeCommit(commit) && sameCommit(commit, text));
  const candidates = isWholeCommit(text) ? [] : ambiguousIn(wholes);
  if (candidates.length > 0) return { kind: 'ambiguous', candidates };
  // A name that is shorter than the text means the same commit as well, by its whole name.
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
