import { isWholeCommit } from '../domain/commit.ts';
import { DomainError } from '../domain/errors.ts';
import type { Selection } from '../domain/questions/histories.ts';
import { type Landing, landingsOf } from '../domain/questions/landings.ts';
import type { HistoryReader } from '../domain/questions/reader.ts';
import { ambiguousCommit, NO_COMMIT, ONLY_WHOLE_NAMES } from './schemas/commit-query.ts';
import { invalidParameter } from './schemas/query.ts';

/**
 * Where the requested commit has landed. Throws `not_found` if no report names it, `invalid` if it cannot be the name
 * of a commit.
 */
export async function landingsNamed(
  reader: HistoryReader,
  sha: string,
  asked: { readonly selection: Selection; readonly now: number },
): Promise<readonly [Landing, ...Landing[]]> {
  const found = await landingsOf(reader, sha, asked);
  switch (found.kind) {
    case 'landed':
      return found.landings;
    case 'unknown':
      throw new DomainError(
        'not_found',
        `No report of these targets names the commit ${sha}.${hintFor(sha)}`,
      );
    case 'no_name':
      throw invalidParameter('sha', `${sha} ${NO_COMMIT}`);
    case 'ambiguous':
      throw invalidParameter('sha', ambiguousCommit(sha, found.candidates));
  }
}

function hintFor(sha: string): string {
  return isWholeCommit(sha) ? '' : ` ${ONLY_WHOLE_NAMES}`;
}
