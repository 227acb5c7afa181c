import type { Sighting } from '../domain/questions/commits.ts';
import type { Freshness } from '../domain/target-status.ts';
import { toSyncStatus } from './row-values.ts';

/** A target and its current period, in the form that both databases read for questions about commits. */
export interface ReportedRow {
  readonly commit: string | null;
  readonly startedAt: number;
  readonly checkedAt: number;
  readonly staleAt: number;
  readonly findingId: number;
  readonly syncStatus: number;
}

/** The commit of the current period; none if its reports name no commit. */
export function currentSighting(row: ReportedRow): Sighting[] {
  const { commit, startedAt, checkedAt } = row;
  if (commit === null) return [];
  const isSynced = toSyncStatus(row.syncStatus) === 'SYNCED';
  return [
    {
      commit,
      firstSeenAt: startedAt,
      lastSeenAt: checkedAt,
      firstSyncedAt: isSynced ? startedAt : undefined,
    },
  ];
}

/** `checkedAt` is null if the target never reported. */
export function freshnessOf(
  row: Omit<ReportedRow, 'commit' | 'startedAt'> | { readonly checkedAt: null },
): Freshness {
  if (row.checkedAt === null) return { checkedAt: undefined, staleAt: undefined, finding: undefined };
  const finding = { id: row.findingId, syncStatus: toSyncStatus(row.syncStatus) };
  return { checkedAt: row.checkedAt, staleAt: row.staleAt, finding };
}
