import { isConcerned } from '../../domain/questions/commits.ts';
import { landingsOf, nameOfLanded } from '../../domain/questions/landings.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import type { FoundCommit } from '../views/found-commit.tsx';
import { reachOf } from './commit.ts';

/** The commit that a search names, and how far it has come; undefined if it names none. */
export async function foundCommit(
  reader: HistoryReader,
  q: string,
  now: number,
): Promise<FoundCommit | undefined> {
  // Commits are stored in lower case.
  const landed = await landingsOf(reader, q.toLowerCase(), { selection: { filter: {} }, now });
  if (landed.kind === 'ambiguous') return landed;
  if (landed.kind !== 'landed') return undefined;
  const commit = nameOfLanded(landed.landings);
  const concerned = landed.landings.flatMap(({ onTargets }) => onTargets).filter(isConcerned);
  return { kind: 'landed', commit, ...reachOf(commit, concerned) };
}
