import type { FindingRef, FindingSummary } from '../../domain/finding.ts';
import type {
  LastReport,
  Part,
  ReportedDetails,
  StatusDetails,
  TargetFilter,
} from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { type ExpectedRow, toExpected } from '../expected.ts';
import { ReadBudget } from '../read-budget.ts';
import { toLabels, toOpenIncident, toTotals } from '../row-values.ts';
import { ACKNOWLEDGEMENT_COLUMNS, type AcknowledgementColumns, toAcknowledgement } from './acknowledging.ts';
import { findingReader } from './finding-reader.ts';
import { toTarget } from './named-target.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { type RawRow, selectList } from './raw-rows.ts';
import { toRunUrl } from './rows.ts';
import { sources, targetStatuses } from './schema.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { statusesThen } from './status-then-query.ts';
import { standingBy } from './target-filter.ts';

interface Asked {
  readonly at: number | undefined;
  readonly part?: Part<LastReport> | undefined;
  readonly betweenSlices: BetweenSlices;
}

/** The status of every target now, or at an instant; sorted by target. */
export function statusesAt(
  db: Database,
  filter: TargetFilter,
  { at, part, betweenSlices }: Asked,
): StatusDetails[] {
  // One transaction: all slices see the same snapshot, and the findings they refer to exist.
  return db.$client.transaction(() =>
    at === undefined
      ? statusesNow(db, filter, { part, betweenSlices })
      : statusesThen(db, filter, { instant: at, part, betweenSlices }),
  )();
}

/** The status of every target now, without files. */
export function summariesNow(
  { $client: client }: Database,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): StatusDetails<FindingSummary>[] {
  return client.transaction(() => {
    const { summary } = findingReader(client, new ReadBudget());
    const statement = prepared<[SliceParams], Row>(client, statusNow(filter));
    const rows = readInSlices(statement, filter, { betweenSlices });
    return Array.from(rows, (row) =>
      row.checkedAt === null ? toExpected(row) : toStatus(row, summary(row.findingId)),
    );
  })();
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
  readonly targetId: number;
  readonly labels: string;
  readonly declaredAt: number | null;
}

interface ReportedRow
  extends Named,
    Pick<RawRow<typeof targetStatuses>, (typeof COLUMNS)[number]>,
    Pick<RawRow<typeof sources>, (typeof OF_SOURCE)[number]>,
    AcknowledgementColumns {
  readonly runUrl: string | null;
  readonly deployedCommit: string | null;
  readonly durationMs: number | null;
}

type Row = ReportedRow | ExpectedRow;

/**
 * `target` in the order of its name, with a seek in the keys of `target_status`, `source`, `report` and
 * `incident_deployed` for each. If an incident is open, also in that of `acknowledgement`. `incident_deployed` has the
 * few incidents with a deploy.
 */
const statusNow = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server, t.labels, t.declared_at AS declaredAt, ${selectList(targetStatuses, 's', COLUMNS)},
    ${selectList(sources, 'c', OF_SOURCE)}, r.run_url AS runUrl, r.duration_ms AS durationMs,
    d.deployed_commit AS deployedCommit, ${ACKNOWLEDGEMENT_COLUMNS}
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN report r ON r.target_id = t.id
    AND r.checked_at = s.checked_at AND r.received_lag_ms = s.received_at - s.checked_at
  LEFT JOIN incident d
    ON d.target_id = t.id AND d.resolved_at IS NULL AND d.deployed_commit IS NOT NULL
  LEFT JOIN acknowledgement a ON a.incident_id = s.incident_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

function statusesNow(
  { $client: client }: Database,
  filter: TargetFilter,
  { part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Omit<Asked, 'at'>,
): StatusDetails[] {
  const budget = new ReadBudget();
  const { whole, summary } = findingReader(client, budget);
  const statement = prepared<[SliceParams], Row>(client, statusNow(filter));
  const most = isWanted === undefined ? limit : undefined;
  const statuses: StatusDetails[] = [];
  for (const row of readInSlices(statement, filter, { betweenSlices, most })) {
    if (isWanted?.(lastReportOf(row, summary)) === false) continue;
    budget.take(1, row.labels.length);
    statuses.push(row.checkedAt === null ? toExpected(row) : toStatus(row, whole(row.findingId)));
    if (statuses.length >= limit) break;
  }
  return statuses;
}

const NEVER_REPORTED = {
  checkedAt: undefined,
  staleAt: undefined,
  finding: undefined,
  commit: undefined,
} as const;

/** No spread: for a whole fleet it would cost more than the rest. */
function lastReportOf(row: Row, summary: (id: number) => FindingRef): LastReport {
  if (row.checkedAt === null) return { target: { repo: row.repo, server: row.server }, ...NEVER_REPORTED };
  const { checkedAt, staleAt } = row;
  return {
    target: toTarget(row),
    checkedAt,
    staleAt,
    finding: summary(row.findingId),
    commit: row.commit ?? undefined,
  };
}

function toStatus<F extends FindingRef>(row: ReportedRow, finding: F): ReportedDetails<F> {
  return {
    target: toTarget(row),
    checkedAt: row.checkedAt,
    receivedAt: row.receivedAt,
    lastCheckAt: row.lastCheckAt,
    staleAt: row.staleAt,
    finding,
    commit: row.commit ?? undefined,
    since: row.since,
    lastSyncedAt: row.lastSyncedAt ?? undefined,
    incident: toOpenIncident(row),
    labels: toLabels(row.labels),
    check: row.check ?? undefined,
    branch: row.branch ?? undefined,
    runUrl: toRunUrl(row.runUrl),
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
    deployedCommit: row.deployedCommit ?? undefined,
    durationMs: row.durationMs ?? undefined,
    reports: toTotals(row),
    acknowledgement: toAcknowledgement(row),
  };
}
