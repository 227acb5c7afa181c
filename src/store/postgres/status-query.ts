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
import {
  ACKNOWLEDGEMENT_COLUMNS,
  type AcknowledgementColumns,
  toAcknowledgement,
} from './acknowledgement-rows.ts';
import { FindingReader } from './finding-reader.ts';
import { type findings, sources, targetStatuses } from './schema.ts';
import type { Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement } from './statement.ts';
import { selectList } from './table-columns.ts';
import { standingBy } from './target-filter.ts';
import { type ReportedStatusRow, WITH_STATUS } from './target-table.ts';

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

interface ReportedRow
  extends Target,
    Pick<ReportedStatusRow, (typeof COLUMNS)[number]>,
    Pick<typeof sources.$inferSelect, (typeof OF_SOURCE)[number]>,
    Pick<typeof findings.$inferSelect, 'syncStatus' | 'driftCount'>,
    AcknowledgementColumns {
  readonly targetId: number;
  readonly labels: string;
  readonly declaredAt: number | null;
  readonly runUrl: string | null;
  readonly deployedCommit: string | null;
  readonly durationMs: number | null;
}

type Row = ReportedRow | ExpectedRow;

/**
 * `target` in the order of its name; for each a seek in the keys of `target_status`, `source`, `finding` and,
 * if an incident is open, in those of `incident` and `acknowledgement`.
 */
const statusNow = (filter: TargetFilter) => `
  SELECT t.id AS "targetId", t.repo, t.server, t.labels, t.declared_at AS "declaredAt",
    ${selectList(targetStatuses, 's', COLUMNS)}, ${selectList(sources, 'c', OF_SOURCE)},
    f.sync_status AS "syncStatus", f.drift_count AS "driftCount", s.run_url AS "runUrl", s.duration_ms AS "durationMs",
    d.deployed_commit AS "deployedCommit", ${ACKNOWLEDGEMENT_COLUMNS}
  FROM target t ${WITH_STATUS}
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN finding f ON f.id = s.finding_id
  LEFT JOIN incident d ON d.id = s.incident_id
  LEFT JOIN acknowledgement a ON a.incident_id = s.incident_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

/** The status of every target now, without files. */
export async function summariesNow(
  session: Session,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): Promise<StatusDetails<FindingSummary>[]> {
  const asked = cachedStatement<SliceParams, Row>(statusNow(filter));
  const statuses: StatusDetails<FindingSummary>[] = [];
  for await (const slice of readInSlices(session, asked, { filter, betweenSlices, also: {} })) {
    for (const row of slice) {
      statuses.push(row.checkedAt === null ? toExpected(row) : toStatus(row, summaryOf(row)));
    }
  }
  return statuses;
}

/** The status of every target now; sorted by target. */
export async function statusesNow(
  session: Session,
  filter: TargetFilter,
  {
    part: { limit = Number.POSITIVE_INFINITY, isWanted } = {},
    betweenSlices,
  }: { readonly part?: Part<LastReport> | undefined; readonly betweenSlices: BetweenSlices },
): Promise<StatusDetails[]> {
  const budget = new ReadBudget();
  const findings = new FindingReader(session, budget);
  const asked = cachedStatement<SliceParams, Row>(statusNow(filter));
  const most = isWanted === undefined ? limit : undefined;
  const statuses: StatusDetails[] = [];
  for await (const slice of readInSlices(session, asked, { filter, betweenSlices, most, also: {} })) {
    const wanted = slice
      .filter((row) => isWanted?.(lastReportOf(row)) !== false)
      .slice(0, limit - statuses.length);
    await findings.read(wanted.flatMap((row) => (row.checkedAt === null ? [] : [row.findingId])));
    for (const row of wanted) {
      budget.take(1, row.labels.length);
      statuses.push(row.checkedAt === null ? toExpected(row) : toStatus(row, findings.get(row.findingId)));
    }
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

function lastReportOf(row: Row): LastReport {
  const target = { repo: row.repo, server: row.server };
  if (row.checkedAt === null) return { target, ...NEVER_REPORTED };
  const { checkedAt, staleAt, commit } = row;
  return { target, checkedAt, staleAt, finding: summaryOf(row), commit: commit ?? undefined };
}

function summaryOf({ findingId: id, syncStatus, driftCount }: ReportedRow): FindingSummary {
  return { id, syncStatus, driftCount: driftCount ?? undefined };
}

function toStatus<F extends FindingRef>(row: ReportedRow, finding: F): ReportedDetails<F> {
  return {
    target: { repo: row.repo, server: row.server },
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
    runUrl: row.runUrl ?? undefined,
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
    deployedCommit: row.deployedCommit ?? undefined,
    durationMs: row.durationMs ?? undefined,
    reports: toTotals(row),
    acknowledgement: toAcknowledgement(row),
  };
}
