import { z } from '@hono/zod-openapi';
import { commitMeant } from '../../domain/questions/known-commits.ts';
import type { HistoryReader, TargetFilter } from '../../domain/questions/reader.ts';
import { invalidParameter, several } from './query.ts';

/** The text for a commit in a question. Commits are stored in lower case. */
export const commitText = z
  .string()
  .max(255, 'must be at most 255 characters')
  .transform((text) => text.toLowerCase());

export const commitParam = {
  commit: several(commitText, {
    name: 'commit',
    items: { maxLength: 255 },
    description:
      'Only these commits: each by its name in reports, or by the first 7 or more hexadecimal digits of ' +
      'its whole name. Fewer digits, or digits that begin several commits of a repo, are refused (422).',
  }),
};

/** A name that is no commit and cannot be the beginning of one. */
export const NO_COMMIT =
  'is not a commit that was reported. To find a commit by how its name begins, give at least 7 ' +
  'hexadecimal digits';

/** Why digits may not find a commit that begins with them. */
export const ONLY_WHOLE_NAMES =
  'The first digits find only commits that were reported by their whole name, of 40 or 64 digits.';

/** Several commits begin with the requested text. */
export function ambiguousCommit(text: string, candidates: readonly string[]): string {
  return `${text} is the beginning of several commits: ${candidates.join(', ')}. Give more digits of the one you mean`;
}

/** The names of the requested commits in reports; undefined if any commit will do. Throws `invalid`. */
export async function commitNames(
  reader: HistoryReader,
  { repos }: TargetFilter,
  asked: readonly string[] | undefined,
): Promise<ReadonlySet<string> | undefined> {
  if (asked === undefined) return undefined;
  const known = await reader.knownCommits(repos === undefined ? {} : { repos }, asked);
  const names = new Set<string>();
  for (const text of asked) {
    const meant = commitMeant(text, known);
    if (meant.kind === 'ambiguous') throw invalidParameter('commit', ambiguousCommit(text, meant.candidates));
    if (meant.kind === 'no_name') throw invalidParameter('commit', `${text} ${NO_COMMIT}`);
    if (meant.kind === 'known') for (const name of meant.texts) names.add(name);
  }
  return names;
}

/** Whether a commit is one of the requested ones. */
export function isOneOf(names: ReadonlySet<string> | undefined, commit: string | undefined): boolean {
  return names === undefined || (commit !== undefined && names.has(commit));
}
