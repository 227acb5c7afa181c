import type Sqlite from 'better-sqlite3';
import type { Finding } from '../../domain/finding.ts';
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
import { toLabels, toTotals } from '../row-values.ts';
import { findingReader } from './finding-reader.ts';
import { reportsFrom } from './horizons.ts';
import { type IncidentThen, incidentThen } from './incident-then.ts';
import { toTarget } from './named-target.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { type RawRow, selectList } from './raw-rows.ts';
import { PERIOD_COLUMNS, type PeriodRow, type ReportRow, toRunUrl } from './rows.ts';
import { sources, targetStatuses } from './schema.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { standingBy } from './target-filter.ts';

/** The columns of the newest report and the current period of a target. */
const CURRENT = [
  'targetId',
  'checkedAt',
  'receivedAt',
  'staleAt',
  'findingId',
  'startedAt',
  'startReceivedAt',
  'since',
  'syncedReports',
  'outOfSyncReports',
  'unknownReports',
] as const;

/** The columns of the source of a report that are returned. */
const SOURCE = ['staleAfterMs', 'commit', 'check', 'branch', 'error', 'errorKind'] as const;

/** Every target with its current period: seeks in the keys of `target_status` and `source` for each. */
const currentStatus = (filter: TargetFilter) => `
  SELECT t.repo, t.server, t.labels, t.declared_at AS declaredAt, ${selectList(targetStatuses, 's', CURRENT)}, c."commit"
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

/** The last report at or before an instant: a seek in the key. */
const REPORT_BY = `
  SELECT r.checked_at AS checkedAt, r.received_lag_ms AS receivedLagMs, r.last_check_lead_ms AS lastCheckLeadMs,
    r.run_url AS runUrl, r.duration_ms AS durationMs, ${selectList(sources, 'c', SOURCE)}
  FROM report r JOIN source c ON c.id = r.source_id
  WHERE r.target_id = :targetId AND r.checked_at <= :at
  ORDER BY r.checked_at DESC, r.received_lag_ms DESC LIMIT 1`;

/** The last period that is over and had started by an instant: a seek in the key. */
const PERIOD_BY = `
  SELECT ${PERIOD_COLUMNS} FROM period
  WHERE target_id = :targetId AND started_at <= :at
  ORDER BY started_at DESC, received_at DESC LIMIT 1`;

/** By `period_starts_state`. */
const STATE_STARTED_AT = `
  SELECT started_at FROM period
  WHERE target_id = :targetId AND starts_state = 1 AND started_at <= :at
  ORDER BY started_at DESC LIMIT 1`;

/**
 * For a period that is not SYNCED, by `period_synced`. The index must be named: otherwise the planner would use the key
 * and read everything since.
 */
const LAST_SYNCED_AT = `
  SELECT last_checked_at FROM period INDEXED BY period_synced
  WHERE target_id = :targetId AND sync_status = 'SYNCED' AND started_at <= :at
  ORDER BY started_at DESC, received_at DESC LIMIT 1`;

interface At {
  readonly targetId: number;
  readonly at: number;
}

interface CurrentRow extends Target, Pick<RawRow<typeof targetStatuses>, (typeof CURRENT)[number]> {
  readonly labels: string;
  readonly declaredAt: number | null;
  readonly commit: string | null;
}

type LastReportRow = Pick<
  ReportRow,
  'checkedAt' | 'receivedLagMs' | 'lastCheckLeadMs' | 'runUrl' | 'durationMs' | (typeof SOURCE)[number]
>;

/** The part of a period that is needed here. */
type Reached = Pick<
  PeriodRow,
  'startedAt' | 'receivedAt' | 'lastCheckedAt' | 'lastReceivedAt' | 'staleAt' | 'findingId' | 'commit'
>;

interface Asked {
  readonly instant: number;
  readonly part: Part<LastReport> | undefined;
  readonly betweenSlices: BetweenSlices;
}

/**
 * The status of every target by its newest report at or before an instant, sorted by target. Targets that were declared
 * by then are included.
 */
export function statusesThen(
  { $client: client }: Database,
  filter: TargetFilter,
  { instant, part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Asked,
): StatusDetails[] {
  const targets = prepared<[SliceParams], CurrentRow | ExpectedRow>(client, currentStatus(filter));
  const budget = new ReadBudget();
  const { whole, summary } = findingReader(client, budget);
  const asked = statementsOf(client);
  const candidateOf = (row: CurrentRow | ExpectedRow): Candidate | undefined => {
    const check = row.checkedAt === null ? undefined : checkBy(asked, row, instant);
    if (check === undefined) return expectedBy(row, instant);
    const { checkedAt, staleAt, commit } = check.last;
    const { findingId } = check.period;
    return {
      last: { target: toTarget(check.row), checkedAt, staleAt, finding: summary(findingId), commit },
      status: () => statusThen(asked, check, { instant, finding: whole(findingId) }),
    };
  };
  const statuses: StatusDetails[] = [];
  for (const row of readInSlices(targets, filter, { betweenSlices })) {
    betweenSlices();
    const candidate = candidateOf(row);
    if (candidate === undefined || isWanted?.(candidate.last) === false) continue;
    budget.take(1, row.labels.length);
    statuses.push(candidate.status());
    if (statuses.length >= limit) break;
  }
  return statuses;
}

/** The files of a status are read only if it turns out to be wanted. */
interface Candidate {
  readonly last: LastReport;
  readonly status: () => StatusDetails;
}

/** Undefined if the target was not declared by that instant. */
function expectedBy(
  { declaredAt, ...row }: Target & { labels: string; declaredAt: number | null },
  instant: number,
): Candidate | undefined {
  if (declaredAt === null || declaredAt > instant) return undefined;
  const expected = toExpected({ ...row, declaredAt });
  return { last: expected, status: () => expected };
}

type Statements = ReturnType<typeof statementsOf>;

/** The last report of a target by an instant, and its period. */
interface Check {
  readonly row: CurrentRow;
  readonly period: Reached;
  readonly last: LastCheck;
}

/** Undefined if there was no report yet. */
function checkBy(asked: Statements, row: CurrentRow, instant: number): Check | undefined {
  const at = { targetId: row.targetId, at: instant };
  const period: Reached | undefined = row.startedAt <= instant ? currentPeriod(row) : asked.period.get(at);
  if (period === undefined) return undefined;
  const report = instant < asked.reportsFrom ? undefined : asked.report.get(at);
  const last = report === undefined ? checkOfPeriod(period, instant) : checkOfReport(report, period);
  return { row, period, last };
}

function statusThen(
  asked: Statements,
  { row, period, last }: Check,
  { instant, finding }: { instant: number; finding: Finding },
): StatusDetails {
  const at = { targetId: row.targetId, at: instant };
  return {
    target: toTarget(row),
    ...last,
    finding,
    since: row.startedAt <= instant ? row.since : (asked.stateStartedAt.get(at) ?? period.startedAt),
    lastSyncedAt: finding.syncStatus === 'SYNCED' ? last.checkedAt : asked.lastSyncedAt.get(at),
    ...asked.incident(at),
    labels: toLabels(row.labels),
    reports: toTotals(row),
  };
}

function statementsOf(client: Sqlite.Database) {
  return {
    reportsFrom: reportsFrom(client)(),
    period: prepared<[At], PeriodRow>(client, PERIOD_BY),
    report: prepared<[At], LastReportRow>(client, REPORT_BY),
    stateStartedAt: prepared<[At], number>(client, STATE_STARTED_AT).pluck(),
    lastSyncedAt: prepared<[At], number>(client, LAST_SYNCED_AT).pluck(),
    incident: incidentThen(client),
  };
}

function currentPeriod(row: CurrentRow): Reached {
  return {
    startedAt: row.startedAt,
    receivedAt: row.startReceivedAt,
    lastCheckedAt: row.checkedAt,
    lastReceivedAt: row.receivedAt,
    staleAt: row.staleAt,
    findingId: row.findingId,
    commit: row.commit,
  };
}

type LastCheck = Omit<
  ReportedDetails,
  'target' | 'finding' | 'since' | 'lastSyncedAt' | 'labels' | 'reports' | keyof IncidentThen
>;

function checkOfReport(report: LastReportRow, period: Reached): LastCheck {
  const { checkedAt } = report;
  return {
    checkedAt,
    receivedAt: checkedAt + report.receivedLagMs,
    lastCheckAt: checkedAt + report.lastCheckLeadMs,
    // The deletion of a target may have shortened the validity of the last report of a period. Only the period knows
    // that.
    staleAt: checkedAt === period.lastCheckedAt ? period.staleAt : checkedAt + report.staleAfterMs,
    commit: report.commit ?? undefined,
    check: report.check ?? undefined,
    branch: report.branch ?? undefined,
    runUrl: toRunUrl(report.runUrl),
    error: report.error ?? undefined,
    errorKind: report.errorKind ?? undefined,
    durationMs: report.durationMs ?? undefined,
  };
}

/**
 * Before the horizon of reports only the period counts, as any of those reports may be gone: it stands for its first and
 * its last report.
 */
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
