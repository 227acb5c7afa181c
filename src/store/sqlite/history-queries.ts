import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Range } from '../../domain/instant.ts';
import { compareTargets } from '../../domain/target.ts';
import type { StoredIncident, TargetFilter, TargetPeriods } from '../store.ts';
import type { Database } from './open.ts';
import { findingColumns, periodColumns, periodEndColumns, toIncident, toPeriod } from './rows.ts';
import { findings, incidents, periods, targets } from './schema.ts';

export function matching(filter: TargetFilter): SQL | undefined {
  return and(
    filter.repos && inArray(targets.repo, [...filter.repos]),
    filter.servers && inArray(targets.server, [...filter.servers]),
  );
}

/** Per target, a range of the primary key: from the last period that began by `from` to the last that began before `to`. */
export function periodsInRange(db: Database, filter: TargetFilter, { from, to }: Range): TargetPeriods[] {
  const startOfRange = sql`coalesce((
    select max(p.started_at) from period p where p.target_id = ${targets.id} and p.started_at <= ${from}
  ), ${from})`;
  const rows = db
    .select({
      targetId: targets.id,
      repo: targets.repo,
      server: targets.server,
      ...periodColumns,
      ...periodEndColumns,
      ...findingColumns,
    })
    .from(targets)
    .innerJoin(periods, eq(periods.targetId, targets.id))
    .innerJoin(findings, eq(findings.id, periods.findingId))
    .where(
      and(matching(filter), sql`${periods.startedAt} >= ${startOfRange}`, sql`${periods.startedAt} < ${to}`),
    )
    .orderBy(asc(targets.id), asc(periods.startedAt), asc(periods.receivedAt))
    .all();
  const byTarget = new Map<number, TargetPeriods & { periods: ReturnType<typeof toPeriod>[] }>();
  for (const { targetId, repo, server, ...period } of rows) {
    const history = byTarget.get(targetId) ?? { target: { repo, server }, periods: [] };
    history.periods.push(toPeriod(period));
    byTarget.set(targetId, history);
  }
  return [...byTarget.values()].sort((a, b) => compareTargets(a.target, b.target));
}

/** By `incident_opened` for each target that matches. */
export function incidentsInRange(db: Database, filter: TargetFilter, { from, to }: Range): StoredIncident[] {
  const overlaps = sql`${incidents.openedAt} < ${to} and
    (${incidents.resolvedAt} is null or ${incidents.resolvedAt} > ${from} or ${incidents.openedAt} >= ${from})`;
  return db
    .select({ target: { repo: targets.repo, server: targets.server }, incident: incidents })
    .from(incidents)
    .innerJoin(targets, eq(targets.id, incidents.targetId))
    .where(and(matching(filter), overlaps))
    .orderBy(desc(incidents.openedAt), desc(incidents.id))
    .all()
    .map(({ target, incident: { id, targetId: _, ...row } }) => ({ id, target, ...toIncident(row) }));
}
