import type Sqlite from 'better-sqlite3';

// What SQLite itself does not know about the rows. A row may be missing or outdated although every page is sound, for
// example if one write of a page never reached the disk.

/** Earlier reports may be pruned, except for the newest one of a target at or before it. */
const HORIZON = `coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'horizon_reports'), ${Number.MIN_SAFE_INTEGER})`;

/** Purged targets have no name; their rows are removed a few at a time. */
const NAMED = (id: string) => `EXISTS (SELECT 1 FROM target t WHERE t.id = ${id} AND t.repo IS NOT NULL)`;

const dangling = (table: string, column: string, referenced: string) =>
  [
    `${table}: rows without their ${referenced}`,
    `SELECT count(*) FROM "${table}" WHERE "${column}" NOT IN (SELECT id FROM "${referenced}")`,
  ] as const;

const report = (target: string, checkedAt: string, receivedAt: string) =>
  `SELECT 1 FROM report r WHERE r.target_id = ${target} AND r.checked_at = ${checkedAt}
    AND r.received_lag_ms = ${receivedAt} - ${checkedAt}`;

const notJson = (table: string, column: string) =>
  [
    `${table}: rows whose ${column} is not JSON`,
    `SELECT count(*) FROM "${table}" WHERE "${column}" IS NOT NULL AND NOT json_valid("${column}")`,
  ] as const;

const reused = (table: string, key: string) =>
  [
    `${table}: numbers that could be given out again`,
    `SELECT coalesce(max("${key}"), 0) > coalesce((SELECT q.seq FROM sqlite_sequence q WHERE q.name = '${table}'), 0)
      FROM "${table}"`,
  ] as const;

/** Each counts impossible rows in one statement, so in one snapshot, while others write. */
const RULES: readonly (readonly [what: string, sql: string])[] = [
  dangling('report', 'target_id', 'target'),
  dangling('report', 'finding_id', 'finding'),
  dangling('report', 'source_id', 'source'),
  dangling('period', 'target_id', 'target'),
  dangling('period', 'finding_id', 'finding'),
  dangling('incident', 'target_id', 'target'),
  dangling('acknowledgement', 'incident_id', 'incident'),
  dangling('mute_target', 'mute_id', 'mute'),
  dangling('mute_target', 'target_id', 'target'),
  dangling('target_status', 'target_id', 'target'),
  dangling('target_status', 'finding_id', 'finding'),
  dangling('target_status', 'source_id', 'source'),
  [
    'target: rows with reports, but without a status',
    `SELECT count(*) FROM target t WHERE t.repo IS NOT NULL
      AND EXISTS (SELECT 1 FROM report r WHERE r.target_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM target_status s WHERE s.target_id = t.id)`,
  ],
  [
    'target_status: rows whose newest report is missing, or another one',
    `SELECT count(*) FROM target_status s WHERE s.checked_at IS NOT NULL AND NOT EXISTS (
      ${report('s.target_id', 's.checked_at', 's.received_at')}
      AND r.finding_id = s.finding_id AND r.source_id = s.source_id)`,
  ],
  [
    'target_status: rows that are not at the newest report',
    `SELECT count(*) FROM target_status s WHERE EXISTS (
      SELECT 1 FROM report r WHERE r.target_id = s.target_id AND r.checked_at > s.checked_at)`,
  ],
  [
    'target_status: rows whose period begins with a report that is missing',
    `SELECT count(*) FROM target_status s WHERE s.started_at >= ${HORIZON} AND NOT EXISTS (
      ${report('s.target_id', 's.started_at', 's.start_received_at')})`,
  ],
  [
    'target_status: rows that count other reports than there are',
    `SELECT count(*) FROM (
      SELECT s.synced_reports + s.out_of_sync_reports + s.unknown_reports AS counted,
        (SELECT count(*) FROM report r WHERE r.target_id = s.target_id) AS stored
      FROM target_status s)
    WHERE stored > counted OR (stored < counted AND ${HORIZON} = ${Number.MIN_SAFE_INTEGER})`,
  ],
  [
    'target_status: rows whose incident is missing, or over',
    `SELECT count(*) FROM target_status s WHERE s.incident_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM incident i WHERE i.id = s.incident_id AND i.target_id = s.target_id AND i.resolved_at IS NULL)`,
  ],
  [
    'incident: open ones that their target does not have',
    `SELECT count(*) FROM incident i WHERE i.resolved_at IS NULL AND ${NAMED('i.target_id')} AND NOT EXISTS (
      SELECT 1 FROM target_status s WHERE s.target_id = i.target_id AND s.incident_id = i.id)`,
  ],
  [
    'period: rows whose first or last report is missing',
    `SELECT count(*) FROM period p WHERE p.started_at >= ${HORIZON} AND ${NAMED('p.target_id')} AND NOT (
      EXISTS (${report('p.target_id', 'p.started_at', 'p.received_at')})
      AND EXISTS (${report('p.target_id', 'p.last_checked_at', 'p.last_received_at')}))`,
  ],
  [
    'event: gaps in their numbers',
    // A restore skips a million values.
    `SELECT count(*) FROM (SELECT lead(seq) OVER (ORDER BY seq) - seq AS step FROM event) WHERE step BETWEEN 2 AND 999999`,
  ],
  [
    'rows with an unknown sync_status',
    `SELECT (SELECT count(*) FROM finding WHERE sync_status NOT IN ('SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'))
      + (SELECT count(*) FROM period WHERE sync_status NOT IN ('SYNCED', 'OUT_OF_SYNC', 'UNKNOWN'))
      + (SELECT count(*) FROM target_status WHERE sync_status NOT BETWEEN 0 AND 2)`,
  ],
  notJson('finding', 'files'),
  notJson('source', 'labels'),
  notJson('source', 'extra'),
  notJson('target', 'labels'),
  notJson('incident', 'files'),
  notJson('event', 'labels'),
  notJson('event', 'detail'),
  notJson('action', 'detail'),
  notJson('mute', 'matchers'),
  notJson('token', 'scopes'),
  notJson('token', 'repos'),
  reused('target', 'id'),
  reused('incident', 'id'),
  reused('event', 'seq'),
  reused('action', 'id'),
  reused('mute', 'id'),
  reused('token', 'id'),
];

/** The impossible rows and their numbers. It reads everything. */
export function inconsistencies(client: Sqlite.Database): string[] {
  return RULES.flatMap(([what, sql]) => {
    const count = client.prepare<[], number>(sql).pluck().get() ?? 0;
    return count === 0 ? [] : [`${what} (${count})`];
  });
}
