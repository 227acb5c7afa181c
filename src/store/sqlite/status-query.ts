import type { Cause } from '../../domain/incident.ts';
import type { StatusDetails, TargetFilter } from '../../domain/questions/reader.ts';
import { findingReader } from './finding-reader.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { toLabels, toOpenIncident, toTotals } from './rows.ts';
import { statusesThen } from './status-then-query.ts';
import { type FilterParams, filterParams, shownBy } from './target-filter.ts';

/** The newest report of every target, or the newest that was checked at or before `at`; by target. */
export function statusesAt(db: Database, filter: TargetFilter, at?: number): StatusDetails[] {
  // One transaction: findings are read by further statements, and must be there.
  return db.$client.transaction(() =>
    at === undefined ? statusesNow(db, filter) : statusesThen(db, filter, at),
  )();
}

/** `target` in the order of its name; for each a seek in the keys of `target_status`, `source` and `report`. */
const statusNow = (filter: TargetFilter) => `
  SELECT t.repo, t.server, t.labels,
    s.checked_at, s.received_at, s.last_check, s.stale_at, s.finding_id, s.state_since, s.last_synced_at,
    s.incident_id, s.incident_opened_at, s.incident_cause,
    s.synced_reports, s.out_of_sync_reports, s.unknown_reports,
    c."commit", c."check", c.branch, c.error, c.error_kind, r.run_url
  FROM target t
  CROSS JOIN target_status s ON s.target_id = t.id
  CROSS JOIN source c ON c.id = s.source_id
  LEFT JOIN report r ON r.target_id = t.id
    AND r.checked_at = s.checked_at AND r.received_lag_ms = s.received_at - s.checked_at
  WHERE ${shownBy(filter)}
  ORDER BY t.repo, t.server`;

/** In the order of the columns: rows of arrays take a third of the time that rows of objects do. */
type Row = readonly [
  repo: string,
  server: string,
  labels: string,
  checkedAt: number,
  receivedAt: number,
  lastCheckAt: number,
  staleAt: number,
  findingId: number,
  since: number,
  lastSyncedAt: number | null,
  incidentId: number | null,
  incidentOpenedAt: number | null,
  incidentCause: Cause | null,
  syncedReports: number,
  outOfSyncReports: number,
  unknownReports: number,
  commit: string | null,
  check: string | null,
  branch: string | null,
  error: string | null,
  errorKind: string | null,
  runUrl: string | null,
];

function statusesNow({ $client: client }: Database, filter: TargetFilter): StatusDetails[] {
  const finding = findingReader(client);
  const statement = prepared<[FilterParams], Row>(client, statusNow(filter)).raw();
  return statement.all(filterParams(filter)).map((row) => toStatus(row, finding));
}

function toStatus(row: Row, finding: ReturnType<typeof findingReader>): StatusDetails {
  // biome-ignore format: as in the type.
  const [
    repo, server, labels,
    checkedAt, receivedAt, lastCheckAt, staleAt, findingId, since, lastSyncedAt,
    incidentId, incidentOpenedAt, incidentCause,
    syncedReports, outOfSyncReports, unknownReports,
    commit, check, branch, error, errorKind, runUrl,
  ] = row;
  return {
    target: { repo, server },
    checkedAt,
    receivedAt,
    lastCheckAt,
    staleAt,
    finding: finding(findingId),
    commit: commit ?? undefined,
    since,
    lastSyncedAt: lastSyncedAt ?? undefined,
    incident: toOpenIncident({ incidentId, incidentOpenedAt, incidentCause }),
    labels: toLabels(labels),
    check: check ?? undefined,
    branch: branch ?? undefined,
    runUrl: runUrl ?? undefined,
    error: error ?? undefined,
    errorKind: errorKind ?? undefined,
    reports: toTotals({ syncedReports, outOfSyncReports, unknownReports }),
  };
}
