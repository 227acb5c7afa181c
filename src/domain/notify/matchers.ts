import { matchesGlob } from '../glob.ts';
import type { Labels, Target } from '../target.ts';

/**
 * What a route or a mute matches. Every key must match, by one of its patterns. A pattern is a glob with `*`; one that
 * begins with `!` must not match. A list of only such patterns matches everything that none of them excludes.
 */
export interface Matchers {
  readonly repo?: readonly string[];
  readonly server?: readonly string[];
  /** By label. A label that a target lacks counts as the empty text. */
  readonly labels?: { readonly [key: string]: readonly string[] };
  readonly file?: readonly string[];
  /** The empty text if the cause is not known. */
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

/** Whether all matchers match. `file` matches if it matches one of the files. `matchesTarget` looks at less. */
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

/** Whether the patterns match a text. */
export function matchesText(patterns: readonly string[], text: string): boolean {
  return matchesOneOf(patterns, [text]);
}

/** Whether the patterns match one of the texts and exclude none. */
function matchesOneOf(patterns: readonly string[], texts: readonly string[]): boolean {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const excluded = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const isNamed = (globs: readonly string[]) =>
    texts.some((text) => globs.some((glob) => matchesGlob(glob, text)));
  return (wanted.length === 0 || isNamed(wanted)) && !isNamed(excluded);
}
