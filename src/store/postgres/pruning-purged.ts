import { isFull, REMOVE_PERIODS, type RemovedOfTarget, ROWS, removed } from './pruning-targets.ts';
import type { Session } from './session.ts';
import { command } from './statement.ts';

/** By the key. The tail has gone with the status. */
const REMOVE_CHUNKS = command<{ targetId: number; keptFrom: number }, { count: number }>(`
  WITH gone AS (
    DELETE FROM chunk WHERE target_id = :targetId AND first_at < coalesce(
      (SELECT c.first_at + 1 FROM chunk c WHERE c.target_id = :targetId AND c.first_at < :keptFrom
        ORDER BY c.first_at LIMIT 1 OFFSET ${ROWS - 1}),
      :keptFrom) RETURNING cardinality(checked) AS reports),
  kept AS (DELETE FROM kept_chunk WHERE target_id = :targetId RETURNING cardinality(checked) AS reports)
  SELECT coalesce(sum(reports), 0)::bigint AS count FROM (SELECT reports FROM gone UNION ALL SELECT reports FROM kept) AS all_`);

/** By `incident_opened`. */
const REMOVE_INCIDENTS = command<{ targetId: number; keptFrom: number }, { count: number }>(`
  WITH gone AS (
    DELETE FROM incident WHERE id IN (
      SELECT i.id FROM incident i WHERE i.target_id = :targetId AND i.opened_at < :keptFrom LIMIT ${ROWS}) RETURNING id),
  forgotten AS (DELETE FROM acknowledgement WHERE incident_id IN (SELECT id FROM gone))
  SELECT count(*) FROM gone`);

/** It is removed last: while it exists, a restart continues the removal. */
const REMOVE_TARGET = command<{ targetId: number }>(
  'DELETE FROM target WHERE id = :targetId AND repo IS NULL',
);

/** Removes some rows of a purged target. No other transaction adds any, because its name is gone. */
export async function removePurged(session: Session, targetId: number): Promise<RemovedOfTarget> {
  const all = { targetId, keptFrom: Number.MAX_SAFE_INTEGER };
  const gone = {
    reports: await removed(session, REMOVE_CHUNKS, all),
    periods: await removed(session, REMOVE_PERIODS, all),
    incidents: await removed(session, REMOVE_INCIDENTS, all),
  };
  // Only in the last step, so that no rows are left without their target.
  if (!isFull(gone)) await session.all(REMOVE_TARGET, { targetId });
  return gone;
}
