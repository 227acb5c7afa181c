import { matchesGlob } from '../glob.ts';
import type { Labels, Target } from '../target.ts';

/**
 * What a route or a mute is about. Of each key one pattern must match, and all keys must match. A pattern is a glob with
 * `*`; with `!` before it, it must not match: a list of nothing but those matches whatever none of them names.
 */
export interface Matchers {
  readonly repo?: readonly string[];
  readonly server?: readonly string[];
  /** By label; one that a target does not have is the empty text. */
  readonly labels?: { readonly [key: string]: readonly string[] };
  readonly file?: readonly string[];
  /** The empty text where the cause is not known. */
  readonly cause?: readonly string[];
  readonly state?: readonly string[];
}

/** What is matched. */
export interface Matched {
  readonly target: Target;
  readonly labels: Labels;
  readonly files: readonly string[];
  readonly cause: string | undefined;
  readonly state: string;
}

/** Whether all matchers match. `file` matches where it matches one of the files; see `matchesTarget` for less. */
export function matchesAll(matchers: Matchers, matched: Matched): boolean {
  const { file, cause, state } = matchers;
  return (
    matchesTarget(matchers, matched) &&
    (file === undefined || matchesOneOf(file, matched.files)) &&
    (cause === undefined || matchesText(cause, matched.cause ?? '')) &&
    (state === undefined || matchesText(state, matched.state))
  );
}

/** Whether the matchers that are about targets match: repo, server and labels. */
export function matchesTarget(
  { repo, server, labels = {} }: Pick<Matchers, 'repo' | 'server' | 'labels'>,
  { target, labels: own }: Pick<Matched, 'target' | 'labels'>,
): boolean {
  return (
    (repo === undefined || matchesText(repo, target.repo)) &&
    (server === undefined || matchesText(server, target.server)) &&
    Object.entries(labels).every(([key, patterns]) =>
      matchesText(patterns, Object.hasOwn(own, key) ? (own[key] ?? '') : ''),
    )
  );
}

/** Whether a text is what the patterns name. */
export function matchesText(patterns: readonly string[], text: string): boolean {
  return matchesOneOf(patterns, [text]);
}

/** Whether one of the texts is named, and none is excluded. */
function matchesOneOf(patterns: readonly string[], texts: readonly string[]): boolean {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const excluded = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const isNamed = (globs: readonly string[]) =>
    texts.some((text) => globs.some((glob) => matchesGlob(glob, text)));
  return (wanted.length === 0 || isNamed(wanted)) && !isNamed(excluded);
}
