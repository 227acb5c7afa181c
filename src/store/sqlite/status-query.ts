import type { StatusDetails, TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { type ExpectedRow, toExpected } from './expected.ts';
import { findingReader } from './finding-reader.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { type RawRow, selectList } from './raw-rows.ts';
import { toLabels, toOpenIncident, toTotals } from './rows.ts';
import { sources, targetStatuses } from './schema.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { statusesThen } from './status-then-query.ts';
import { standingBy } from './target-filter.ts';

/** The status of every target now, or at an instant; sorted by target. */
export function statusesAt(
  db: Database,
  filter: TargetFilter,
  { at, betweenSlices }: { at: number | undefined; betweenSlices: BetweenSlices },
): StatusDetails[] {
  // One transaction: all slices see the same moment, and the findings they refer to exist.
  return db.$client.transaction(() =>
    at === undefined
      ? statusesNow(db, filter, betweenSlices)
      : statusesThen(db, filter, { instant: at, betweenSlices }),
  )();
}

/** The columns of `target_status` and of the newest report's source that are returned. */
const COLUMNS = [
  'checkedAt',
  'receivedAt',
  'lastCheckAt',
  'staleAt',
  'findingId',
  'since',
  'lastSyncedAt',
  'incidentId',
  'incidentOpenedAt',
  'incidentCause',
  'syncedReports',
  'outOfSyncReports',
  'unknownReports',
] as const;
const OF_SOURCE = ['commit', 'check', 'branch', 'error', 'errorKind'] as const;

interface Named extends Target {
  readonly labels: string;
  readonly declaredAt: number | null;
}

interface ReportedRow
  extends Named,
    Pick<RawRow<typeof targetStatuses>, (typeof COLUMNS)[number]>,
    Pick<RawRow<typeof sources>, (typeof OF_SOURCE)[number]> {
  readonly runUrl: string | null;
}

type Row = ReportedRow | ExpectedRow;

/** `target` in the order of its name; for each a seek in the keys of `target_status`, `source` and `report`. */
const statusNow = (filter: TargetFilter) => `
  SELECT t.repo, t.server, t.labels, t.declared_at AS declaredAt, ${selectList(targetStatuses, 's', COLUMNS)},
    ${selectList(sources, 'c', OF_SOURCE)}, r.run_url AS runUrl
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN report r ON r.target_id = t.id
    AND r.checked_at = s.checked_at AND r.received_lag_ms = s.received_at - s.checked_at
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

function statusesNow(
  { $client: client }: Database,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): StatusDetails[] {
  const finding = findingReader(client);
  const statement = prepared<[SliceParams], Row>(client, statusNow(filter));
  const toStatus = (row: ReportedRow): StatusDetails => ({
    target: { repo: row.repo, server: row.server },
    checkedAt: row.checkedAt,
    receivedAt: row.receivedAt,
    lastCheckAt: row.lastCheckAt,
    staleAt: row.staleAt,
    finding: finding(row.findingId),
    commit: row.commit ?? undefined,
    since: row.since,
    lastSyncedAt: row.lastSyncedAt ?? undefined,
    incident: toOpenIncident(row),
    labels: toLabels(row.labels),
    check: row.check ?? undefined,
    branch: row.branch ?? undefined,
    runUrl: row.runUrl ?? undefined,
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
    reports: toTotals(row),
  });
  return readInSlices(statement, filter, betweenSlices).map((row) =>
    row.checkedAt === null ? toExpected(row) : toStatus(row),
  );
}
