import type { FindingRef, SyncStatus } from '../../domain/finding.ts';
import type {
  LastReport,
  Part,
  ReportedDetails,
  StatusDetails,
  TargetFilter,
} from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { toExpected } from '../expected.ts';
import { ReadBudget } from '../read-budget.ts';
import { toLabels, toTotals } from '../row-values.ts';
import { FindingReader } from './finding-reader.ts';
import { REPORTS_FROM } from './horizons.ts';
import { INCIDENT_THEN, type IncidentThenRow, toIncidentThen } from './incident-then.ts';
import type { CheckRow } from './report-rows.ts';
import { lastReportBy, runUrlOf } from './report-source.ts';
import { PERIOD_COLUMNS, type PeriodRow } from './rows.ts';
import type { sources, targetStatuses } from './schema.ts';
import type { Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement } from './statement.ts';
import { standingBy } from './target-filter.ts';
import { WITH_STATUS } from './target-table.ts';

/** What is known of a target as of an instant. Null if there is nothing. */
interface Row extends Target, Totals, IncidentThenRow {
  readonly labels: string;
  readonly declaredAt: number | null;
  /** Of the period that the instant is in, or was over by then. */
  readonly period: Reached | null;
  readonly isCurrent: boolean;
  readonly since: number | null;
  readonly syncStatus: SyncStatus;
  readonly report: LastReportRow | null;
  readonly stateStartedAt: number | null;
  readonly lastSyncedAt: number | null;
}

type Totals = Pick<
  typeof targetStatuses.$inferSelect,
  'syncedReports' | 'outOfSyncReports' | 'unknownReports'
>;

/** The part of a period that is needed here. */
type Reached = Pick<
  PeriodRow,
  'startedAt' | 'receivedAt' | 'lastCheckedAt' | 'lastReceivedAt' | 'staleAt' | 'findingId' | 'commit'
>;

/** The form in JSON, which has no bytes. */
type LastReportRow = Omit<CheckRow, 'runUrls' | 'findingId' | 'sourceId'> & {
  readonly runUrls: string | null;
} & Pick<typeof sources.$inferSelect, 'staleAfterMs' | 'commit' | 'check' | 'branch' | 'error' | 'errorKind'>;

/**
 * For each target, in the order of its name, seeks in the keys of `target_status` and `source`, and of the last period,
 * report, state, SYNCED period and incident by the instant: each from the end of a key or a partial index. Of reports
 * from before their horizon any may be gone, so there the period alone counts.
 */
const statusThen = (filter: TargetFilter) => `
  SELECT t.repo, t.server, t.labels, t.declared_at AS "declaredAt", s.synced_reports AS "syncedReports",
    s.out_of_sync_reports AS "outOfSyncReports", s.unknown_reports AS "unknownReports",
    s.started_at <= :at AS "isCurrent", s.state_since AS since, f.sync_status AS "syncStatus",
    CASE WHEN s.started_at <= :at THEN json_build_object('startedAt', s.started_at, 'receivedAt', s.start_received_at,
      'lastCheckedAt', s.checked_at, 'lastReceivedAt', s.received_at, 'staleAt', s.stale_at,
      'findingId', s.finding_id, 'commit', c."commit") ELSE to_json(p) END AS period,
    to_json(r) AS report, b.started_at AS "stateStartedAt", y.last_checked_at AS "lastSyncedAt", i.*
  FROM target t ${WITH_STATUS}
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN LATERAL (
    SELECT ${PERIOD_COLUMNS} FROM period WHERE period.target_id = t.id AND started_at <= :at
    ORDER BY started_at DESC, received_at DESC LIMIT 1) AS p ON s.started_at > :at
  LEFT JOIN finding f ON f.id = CASE WHEN s.started_at <= :at THEN s.finding_id ELSE p."findingId" END
  LEFT JOIN LATERAL (
    SELECT r.checked_at AS "checkedAt", r.received_at AS "receivedAt", r.last_check AS "lastCheckAt",
      r.duration_ms AS "durationMs", encode(r.run_urls, 'base64') AS "runUrls", r.place AS "placeInPack",
      q.stale_after_ms AS "staleAfterMs", q."commit", q."check", q.branch, q.error, q.error_kind AS "errorKind"
    FROM (${lastReportBy({ target: 't.id', at: ':at::bigint' })}) AS r JOIN source q ON q.id = r.source_id
    WHERE coalesce(:at >= ${REPORTS_FROM}, true)) AS r ON true
  LEFT JOIN LATERAL (
    SELECT started_at FROM period WHERE period.target_id = t.id AND starts_state AND started_at <= :at
    ORDER BY started_at DESC LIMIT 1) AS b ON true
  LEFT JOIN LATERAL (
    SELECT last_checked_at FROM period
    WHERE period.target_id = t.id AND sync_status = 'SYNCED' AND started_at <= :at
    ORDER BY started_at DESC, received_at DESC LIMIT 1) AS y ON true
  LEFT JOIN LATERAL (${INCIDENT_THEN}) AS i ON true
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

interface Asked {
  readonly instant: number;
  readonly part?: Part<LastReport> | undefined;
  readonly betweenSlices: BetweenSlices;
}

/**
 * The status of every target by its newest report at or before an instant, and of those declared by then; sorted by
 * target.
 */
export async function statusesThen(
  session: Session,
  filter: TargetFilter,
  { instant, part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Asked,
): Promise<StatusDetails[]> {
  const budget = new ReadBudget();
  const findings = new FindingReader(session, budget);
  const asked = cachedStatement<SliceParams & { at: number }, Row>(statusThen(filter));
  const statuses: StatusDetails[] = [];
  const slices = readInSlices(session, asked, { filter, betweenSlices, also: { at: instant } });
  for await (const slice of slices) {
    const candidates = slice.flatMap((row) => candidateOf(row, instant) ?? []);
    const wanted = candidates
      .filter(({ last }) => isWanted?.(last) !== false)
      .slice(0, limit - statuses.length);
    await findings.read(wanted.flatMap(({ last }) => last.finding?.id ?? []));
    for (const { row, last, status } of wanted) {
      budget.take(1, row.labels.length);
      statuses.push(status(last.finding && findings.get(last.finding.id)));
    }
    if (statuses.length >= limit) break;
  }
  return statuses;
}

/** The files of a status are read if it turns out to be wanted. */
interface Candidate {
  readonly row: Row;
  readonly last: LastReport;
  readonly status: (finding: ReportedDetails['finding'] | undefined) => StatusDetails;
}

/** Undefined if there was no report by that instant, and it was not declared either. */
function candidateOf(row: Row, instant: number): Candidate | undefined {
  const { period, report } = row;
  const target = { repo: row.repo, server: row.server };
  if (period === null) {
    if (row.declaredAt === null || row.declaredAt > instant) return undefined;
    const expected = toExpected({ ...target, labels: row.labels, declaredAt: row.declaredAt });
    return { row, last: expected, status: () => expected };
  }
  const check = report === null ? checkOfPeriod(period, instant) : checkOfReport(report, period);
  const finding: FindingRef = { id: period.findingId, syncStatus: row.syncStatus };
  const { checkedAt, staleAt, commit } = check;
  return {
    row,
    last: { target, checkedAt, staleAt, finding, commit },
    status(found) {
      if (found === undefined) throw new Error('The finding of a status must have been read.');
      const since = row.isCurrent ? row.since : row.stateStartedAt;
      const isSynced = found.syncStatus === 'SYNCED';
      return {
        target,
        ...check,
        finding: found,
        since: since ?? period.startedAt,
        lastSyncedAt: isSynced ? checkedAt : (row.lastSyncedAt ?? undefined),
        ...toIncidentThen(row, instant),
        labels: toLabels(row.labels),
        reports: toTotals(row),
      };
    },
  };
}

type LastCheck = Omit<
  ReportedDetails,
  | 'target'
  | 'finding'
  | 'since'
  | 'lastSyncedAt'
  | 'labels'
  | 'reports'
  | 'incident'
  | 'deployedCommit'
  | 'acknowledgement'
>;

function checkOfReport(report: LastReportRow, period: Reached): LastCheck {
  const { checkedAt } = report;
  return {
    checkedAt,
    receivedAt: report.receivedAt,
    lastCheckAt: report.lastCheckAt,
    // The deletion of a target may have shortened the validity of the last report of a period, which is written in
    // the period.
    staleAt: checkedAt === period.lastCheckedAt ? period.staleAt : checkedAt + report.staleAfterMs,
    commit: report.commit ?? undefined,
    check: report.check ?? undefined,
    branch: report.branch ?? undefined,
    runUrl: runUrlOf({
      ...report,
      runUrls: report.runUrls === null ? null : Buffer.from(report.runUrls, 'base64'),
    }),
    error: report.error ?? undefined,
    errorKind: report.errorKind ?? undefined,
    durationMs: report.durationMs ?? undefined,
  };
}

/** Before the horizon of reports only the period is left: it stands for its first and its last report. */
function checkOfPeriod(period: Reached, at: number): LastCheck {
  const isOver = period.lastCheckedAt <= at;
  const checkedAt = isOver ? period.lastCheckedAt : period.startedAt;
  return {
    checkedAt,
    receivedAt: isOver ? period.lastReceivedAt : period.receivedAt,
    lastCheckAt: checkedAt,
    staleAt: period.staleAt,
    commit: period.commit ?? undefined,
    check: undefined,
    branch: undefined,
    runUrl: undefined,
    error: undefined,
    errorKind: undefined,
    durationMs: undefined,
  };
}
