import { and, asc, eq, sql } from 'drizzle-orm';
import type { TargetFilter, TargetStatus } from '../store.ts';
import { matching } from './history-queries.ts';
import type { Database } from './open.ts';
import { findings, incidents, periods, reports, sources, targets } from './schema.ts';

/**
 * The latest of every target as of an instant. Each subquery is one seek: by the key of `period` and `report`,
 * by `period_opens_state`, `period_synced` and `incident_opened`.
 */
export function statusesAt(db: Database, filter: TargetFilter, at: number): TargetStatus[] {
  return db
    .select({
      target: { repo: targets.repo, server: targets.server },
      period: periods,
      finding: findings,
      report: reports,
      source: sources,
      incident: { id: incidents.id, openedAt: incidents.openedAt, cause: incidents.cause },
      since: since(at),
      lastSyncedAt: lastSyncedAt(at),
    })
    .from(targets)
    .innerJoin(periods, latestPeriod(at))
    .innerJoin(findings, eq(findings.id, periods.findingId))
    .leftJoin(reports, latestReport(at))
    .leftJoin(sources, eq(sources.id, reports.sourceId))
    .leftJoin(incidents, openIncident(at))
    .where(matching(filter))
    .orderBy(asc(targets.repo), asc(targets.server))
    .all()
    .map((row) => toStatus(row, at));
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

const openIncident = (at: number) =>
  eq(
    incidents.id,
    sql`(select i.id from incident i
      where i.target_id = ${targets.id} and i.opened_at <= ${at}
        and (i.resolved_at is null or i.resolved_at > ${at})
      order by i.opened_at desc limit 1)`,
  );

const since = (at: number) =>
  sql<number>`(select max(p.started_at) from period p
    where p.target_id = ${targets.id} and p.opens_state = 1 and p.started_at <= ${at})`;

/** Before the latest period: of that one, the last report knows. */
const lastSyncedAt = (at: number) =>
  sql<number | null>`(select p.last_check from period p
    where p.target_id = ${targets.id} and p.sync_status = 'SYNCED' and p.started_at <= ${at}
    order by p.started_at desc limit 1)`;

interface Row {
  readonly target: TargetStatus['target'];
  readonly period: typeof periods.$inferSelect;
  readonly finding: typeof findings.$inferSelect;
  readonly report: typeof reports.$inferSelect | null;
  readonly source: typeof sources.$inferSelect | null;
  readonly incident: Pick<typeof incidents.$inferSelect, 'id' | 'openedAt' | 'cause'> | null;
  readonly since: number;
  readonly lastSyncedAt: number | null;
}

function toStatus(row: Row, at: number): TargetStatus {
  const { period, finding, report, source, incident } = row;
  const last = report !== null && source !== null ? lastCheck(report, source) : lastCheckOf(period, at);
  const { id, syncStatus, driftCount, files } = finding;
  return {
    target: row.target,
    ...last,
    finding: { id, syncStatus, driftCount, files },
    since: row.since,
    lastSyncedAt: syncStatus === 'SYNCED' ? last.checkedAt : (row.lastSyncedAt ?? undefined),
    commit: period.commit ?? undefined,
    branch: source?.branch ?? undefined,
    runUrl: report?.runUrl ?? undefined,
    error: source?.error ?? undefined,
    errorKind: source?.errorKind ?? undefined,
    incident: incident === null ? undefined : { ...incident, cause: incident.cause ?? undefined },
  };
}

function lastCheck(report: typeof reports.$inferSelect, source: typeof sources.$inferSelect) {
  return {
    checkedAt: report.checkedAt,
    receivedAt: report.checkedAt + report.receivedLagMs,
    staleAt: report.checkedAt + source.staleAfterMs,
  };
}

/** Past the raw horizon only the period is left: it vouches for its first and its last report. */
function lastCheckOf(period: typeof periods.$inferSelect, at: number) {
  return {
    checkedAt: period.lastCheckAt <= at ? period.lastCheckAt : period.startedAt,
    receivedAt: period.receivedAt,
    staleAt: period.staleAt,
  };
}
