import type Sqlite from 'better-sqlite3';
import { DomainError } from '../../domain/errors.ts';
import type { Report } from '../../domain/report.ts';
import { prunedRefusal } from '../../domain/retention.ts';

/**
 * The oldest report of a target from which something was pruned: a period that began before it is left, or counted.
 * Each step is a seek, by the key of `target`, `report` and `period`.
 */
const OLDEST_AFTER_PRUNING = `
  SELECT oldestReportAt FROM (
    SELECT t.*, (SELECT min(r.checked_at) FROM report r WHERE r.target_id = t.id) AS oldestReportAt
    FROM target t WHERE t.id = ?) known
  WHERE pruned_synced + pruned_out_of_sync + pruned_unknown > 0
    OR (SELECT min(p.started_at) FROM period p WHERE p.target_id = known.id) < oldestReportAt`;

/**
 * Makes a check for reports that are not the newest of their target: it throws `invalid` where the reports around
 * were pruned, so that their place in history can no longer be told. What was pruned is asked of the history itself:
 * settings may have been changed since, and the clock may have been wrong.
 */
export function pruningRefusal(client: Sqlite.Database): (targetId: number, report: Report) => void {
  const oldest = client.prepare<[number], { oldestReportAt: number }>(OLDEST_AFTER_PRUNING);
  return (targetId, report) => {
    const kept = oldest.get(targetId);
    if (kept === undefined || report.checkedAt >= kept.oldestReportAt) return;
    throw new DomainError('invalid', prunedRefusal(report, kept.oldestReportAt));
  };
}
