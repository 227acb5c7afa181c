import type Sqlite from 'better-sqlite3';
import type { OpenIncident } from '../../domain/incident.ts';
import type { ReportedDetails, StatusDetails, TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { type ExpectedRow, toExpected } from './expected.ts';
import { findingReader } from './finding-reader.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { type RawRow, selectList } from './raw-rows.ts';
import {
  type IncidentRow,
  PERIOD_COLUMNS,
  type PeriodRow,
  type ReportRow,
  toLabels,
  toTotals,
} from './rows.ts';
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
    r.run_url AS runUrl, ${selectList(sources, 'c', SOURCE)}
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

/** Before a period that is not SYNCED. By `period_synced`, which the planner must be told: the key would do, through everything since. */
const LAST_SYNCED_AT = `
  SELECT last_checked_at FROM period INDEXED BY period_synced
  WHERE target_id = :targetId AND sync_status = 'SYNCED' AND started_at <= :at
  ORDER BY started_at DESC, received_at DESC LIMIT 1`;

/** By `incident_opened`. Incidents of a target do not overlap: no earlier one is open. */
const INCIDENT_BY = `
  SELECT id, opened_at AS openedAt, resolved_at AS resolvedAt, cause FROM incident
  WHERE target_id = :targetId AND opened_at <= :at
  ORDER BY opened_at DESC, received_at DESC LIMIT 1`;

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
  'checkedAt' | 'receivedLagMs' | 'lastCheckLeadMs' | 'runUrl' | (typeof SOURCE)[number]
>;

type LastIncidentRow = Pick<IncidentRow, 'id' | 'openedAt' | 'resolvedAt' | 'cause'>;

/** The part of a period that is needed here. */
type Reached = Pick<
  PeriodRow,
  'startedAt' | 'receivedAt' | 'lastCheckedAt' | 'lastReceivedAt' | 'staleAt' | 'findingId' | 'commit'
>;

/** The status of every target by its newest report at or before an instant, and of those declared by then. */
export function statusesThen(
  { $client: client }: Database,
  filter: TargetFilter,
  { instant, betweenSlices }: { instant: number; betweenSlices: BetweenSlices },
): StatusDetails[] {
  const targets = prepared<[SliceParams], CurrentRow | ExpectedRow>(client, currentStatus(filter));
  const finding = findingReader(client);
  const asked = statementsOf(client);
  return readInSlices(targets, filter, betweenSlices).flatMap((row) => {
    betweenSlices();
    if (row.checkedAt === null) return expectedAt(row, instant);
    const at = { targetId: row.targetId, at: instant };
    const isCurrent = row.startedAt <= instant;
    const period = isCurrent ? currentPeriod(row) : asked.period.get(at);
    if (period === undefined) return expectedAt(row, instant);
    const report = asked.report.get(at);
    const last = report === undefined ? checkOfPeriod(period, instant) : checkOfReport(report, period);
    const found = finding(period.findingId);
    return {
      target: { repo: row.repo, server: row.server },
      ...last,
      finding: found,
      since: isCurrent ? row.since : (asked.stateStartedAt.get(at) ?? period.startedAt),
      lastSyncedAt: found.syncStatus === 'SYNCED' ? last.checkedAt : asked.lastSyncedAt.get(at),
      incident: toOpenAt(asked.incident.get(at), instant),
      labels: toLabels(row.labels),
      reports: toTotals(row),
    };
  });
}

/** It had not reported by that instant. */
function expectedAt(
  { declaredAt, ...row }: Target & { labels: string; declaredAt: number | null },
  instant: number,
): StatusDetails[] {
  return declaredAt === null || declaredAt > instant ? [] : [toExpected({ ...row, declaredAt })];
}

function statementsOf(client: Sqlite.Database) {
  return {
    period: prepared<[At], PeriodRow>(client, PERIOD_BY),
    report: prepared<[At], LastReportRow>(client, REPORT_BY),
    stateStartedAt: prepared<[At], number>(client, STATE_STARTED_AT).pluck(),
    lastSyncedAt: prepared<[At], number>(client, LAST_SYNCED_AT).pluck(),
    incident: prepared<[At], LastIncidentRow>(client, INCIDENT_BY),
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
  'target' | 'finding' | 'since' | 'lastSyncedAt' | 'incident' | 'labels' | 'reports'
>;

function checkOfReport(report: LastReportRow, period: Reached): LastCheck {
  const { checkedAt } = report;
  return {
    checkedAt,
    receivedAt: checkedAt + report.receivedLagMs,
    lastCheckAt: checkedAt + report.lastCheckLeadMs,
    // The deletion of a target may have shortened the validity of the last report of a period, which is written in
    // the period.
    staleAt: checkedAt === period.lastCheckedAt ? period.staleAt : checkedAt + report.staleAfterMs,
    commit: report.commit ?? undefined,
    check: report.check ?? undefined,
    branch: report.branch ?? undefined,
    runUrl: report.runUrl ?? undefined,
    error: report.error ?? undefined,
    errorKind: report.errorKind ?? undefined,
  };
}

/** Where the reports were pruned only the period is left: it stands for its first and its last report. */
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
  };
}

function toOpenAt(last: LastIncidentRow | undefined, at: number): OpenIncident | undefined {
  if (last === undefined || (last.resolvedAt !== null && last.resolvedAt <= at)) return undefined;
  return { id: last.id, openedAt: last.openedAt, cause: last.cause ?? undefined };
}
