import { sameCommit } from './commit.ts';
import type { Incident } from './incident.ts';

/** `commit`: another commit than the one that the incident opened with; `hand`: the same one. */
export type Resolver = 'commit' | 'hand';

/** What resolved an incident; undefined if it is open, or if one of the two commits is not known. */
export function resolverOf({
  resolvedAt,
  openedCommit,
  resolvedCommit,
}: Pick<Incident, 'resolvedAt' | 'openedCommit' | 'resolvedCommit'>): Resolver | undefined {
  if (resolvedAt === undefined || openedCommit === undefined || resolvedCommit === undefined)
    return undefined;
  return sameCommit(openedCommit, resolvedCommit) ? 'hand' : 'commit';
}
