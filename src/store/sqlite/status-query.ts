import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Target } from '../../domain/target.ts';
import type { TargetFilter, TargetStatus } from '../store.ts';
import { matching } from './history-queries.ts';
import type { Database } from './open.ts';
import { findings, incidents, periods, reports, sources, targets } from './schema.ts';

/** As an instant: the latest there is, also where a clock ahead of ours has seen it. */
export const NOW = Number.MAX_SAFE_INTEGER;

/** The latest of every target as of an instant. */
export function statusesAt(db: Database, filter: TargetFilter, at: number): TargetStatus[] {
  return selectStatus(db, at)
    .where(matching(filter))
    .orderBy(asc(targets.repo), asc(targets.server))
    .all()
    .map((row) => toStatus(row, at));
}

/** The latest of one target, prepared once; undefined where there is no such target. */
export function latestOf(db: Database): (target: Target) => TargetStatus | undefined {
  const named = and(eq(targets.repo, sql.placeholder('repo')), eq(targets.server, sql.placeholder('server')));
  const one = selectStatus(db, NOW).where(named).prepare();
  return ({ repo, server }) => {
    const row = one.get({ repo, server });
    return row && toStatus(row, NOW);
  };
}

/** As few as there can be: of a large fleet it is they that cost. */
const columns = {
  period: {
    startedAt: periods.startedAt,
    lastCheckAt: periods.lastCheckAt,
    receivedAt: periods.receivedAt,
    staleAt: periods.staleAt,
    commit: periods.commit,
  },
  finding: {
    id: findings.id,
    syncStatus: findings.syncStatus,
    driftCount: findings.driftCount,
    files: findings.files,
  },
  report: { checkedAt: reports.checkedAt, receivedLagMs: reports.receivedLagMs, runUrl: reports.runUrl },
  source: {
    staleAfterMs: sources.staleAfterMs,
    branch: sources.branch,
    error: sources.error,
    errorKind: sources.errorKind,
  },
  incident: { id: incidents.id, openedAt: incidents.openedAt, cause: incidents.cause },
};

/**
 * Each subquery is one seek: by the key of `period` and `report`, by `period_opens_state`, `period_synced` and
 * `incident_open` or `incident_opened`.
 */
function selectStatus(db: Database, at: number) {
  return db
    .select({
      target: { repo: targets.repo, server: targets.server },
      ...columns,
      since: since(at),
      lastSyncedAt: lastSyncedAt(at),
    })
    .from(targets)
    .innerJoin(periods, latestPeriod(at))
    .innerJoin(findings, eq(findings.id, periods.findingId))
    .leftJoin(reports, latestReport(at))
    .leftJoin(sources, eq(sources.id, reports.sourceId))
    .leftJoin(incidents, openIncident(at));
}

const latestPeriod = (at: number) =>
  and(
    eq(periods.targetId, targets.id),
    sql`(${periods.startedAt}, ${periods.receivedAt}) = (
      select p.started_at, p.received_at from period p
      where p.target_id = ${targets.id} and p.started_at <= ${at}
      order by p.started_at desc, p.received_at desc limit 1)`,
  );

const latestReport = (at: number) =>
  and(
    eq(reports.targetId, targets.id),
    sql`(${reports.checkedAt}, ${reports.findingId}) = (
      select r.checked_at, r.finding_id from report r
      where r.target_id = ${targets.id} and r.checked_at <= ${at}
      order by r.checked_at desc, r.received_lag_ms desc limit 1)`,
  );

const openIncident = (at: number) => {
  // However many it has had: now at most one is open, and the index knows it.
  if (at === NOW) return and(eq(incidents.targetId, targets.id), isNull(incidents.resolvedAt));
  return eq(
    incidents.id,
    sql`(select i.id from incident i
      where i.target_id = ${targets.id} and i.opened_at <= ${at}
        and (i.resolved_at is null or i.resolved_at > ${at})
      order by i.opened_at desc limit 1)`,
  );
};

const since = (at: number) =>
  sql<number>`(select max(p.started_at) from period p
    where p.target_id = ${targets.id} and p.opens_state = 1 and p.started_at <= ${at})`;

/**
 * Before the latest period: of that one, the last report knows. The planner must be told by which index: the key would
 * do, through everything since.
 */
const lastSyncedAt = (at: number) =>
  sql<number | null>`(select p.last_check from period p indexed by period_synced
    where p.target_id = ${targets.id} and p.sync_status = 'SYNCED' and p.started_at <= ${at}
    order by p.started_at desc limit 1)`;

type Row = ReturnType<ReturnType<typeof selectStatus>['all']>[number];

function toStatus(row: Row, at: number): TargetStatus {
  const { period, finding, report, source, incident } = row;
  const last = report !== null && source !== null ? lastCheck(report, source) : lastCheckOf(period, at);
  return {
    target: row.target,
    ...last,
    finding,
    since: row.since,
    lastSyncedAt: finding.syncStatus === 'SYNCED' ? last.checkedAt : (row.lastSyncedAt ?? undefined),
    commit: period.commit ?? undefined,
    branch: source?.branch ?? undefined,
    runUrl: report?.runUrl ?? undefined,
    error: source?.error ?? undefined,
    errorKind: source?.errorKind ?? undefined,
    incident: incident === null ? undefined : { ...incident, cause: incident.cause ?? undefined },
  };
}

function lastCheck(report: NonNullable<Row['report']>, source: NonNullable<Row['source']>) {
  return {
    checkedAt: report.checkedAt,
    receivedAt: report.checkedAt + report.receivedLagMs,
    staleAt: report.checkedAt + source.staleAfterMs,
  };
}

/** Past the raw horizon only the period is left: it vouches for its first and its last report. */
function lastCheckOf(period: Row['period'], at: number) {
  return {
    checkedAt: period.lastCheckAt <= at ? period.lastCheckAt : period.startedAt,
    receivedAt: period.receivedAt,
    staleAt: period.staleAt,
  };
}
