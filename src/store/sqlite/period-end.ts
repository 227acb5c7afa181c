/**
 * A target's last period is not written again for every report that only extends it: its row may be behind by a few
 * reports, all of them newer than its `last_check`. So whoever reads where periods end, reads it through these
 * expressions over the row `p`: of the last one a few seeks in the keys of `period` and `report`, of any other the
 * first of them. A late report, and the period after it, find the row of a period as it ended.
 */
export function periodEnd(p: string) {
  const unwritten = `FROM report r WHERE r.target_id = ${p}.target_id AND r.checked_at > ${p}.last_check`;
  const staleAt = `
    SELECT r.checked_at + (SELECT s.stale_after_ms FROM source s WHERE s.id = r.source_id) ${unwritten}
    ORDER BY r.checked_at DESC LIMIT 1`;
  // Asked first, and once: after any other period come all the reports of those after it.
  const ofLast = (told: string, written: string) => `
    CASE WHEN EXISTS (
      SELECT 1 FROM period n
      WHERE n.target_id = ${p}.target_id AND (n.started_at, n.received_at) > (${p}.started_at, ${p}.received_at))
    THEN ${written} ELSE coalesce((${told}), ${written}) END`;
  return {
    lastCheck: ofLast(`SELECT max(r.checked_at) ${unwritten}`, `${p}.last_check`),
    staleAt: ofLast(staleAt, `${p}.stale_at`),
    /** How many reports its row does not know of. */
    unwritten: ofLast(`SELECT count(*) ${unwritten}`, '0'),
  };
}
