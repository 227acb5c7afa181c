import { and, asc, desc, eq, gt, lt, lte, max, type SQL, sql } from 'drizzle-orm';
import type { FindingRef } from '../../domain/finding.ts';
import type { Observation } from '../../domain/period.ts';
import type { Report } from '../../domain/report.ts';
import type { Database } from './open.ts';
import { findings, reports, sources } from './schema.ts';

/** What recording asks of the report table: each one seek in its key, but for `countBetween`, a scan of a range. */
export class ReportTable {
  readonly #db: Database;
  readonly #insert;

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db
      .insert(reports)
      .values({
        targetId: sql.placeholder('targetId'),
        checkedAt: sql.placeholder('checkedAt'),
        findingId: sql.placeholder('findingId'),
        sourceId: sql.placeholder('sourceId'),
        receivedLagMs: sql.placeholder('receivedLagMs'),
        durationMs: sql.placeholder('durationMs'),
        runUrl: sql.placeholder('runUrl'),
      })
      .prepare();
  }

  insert(keys: { targetId: number; findingId: number; sourceId: number }, report: Report): void {
    this.#insert.run({
      ...keys,
      checkedAt: report.checkedAt,
      receivedLagMs: report.receivedAt - report.checkedAt,
      durationMs: report.durationMs ?? null,
      runUrl: report.runUrl ?? null,
    });
  }

  has(targetId: number, checkedAt: number, findingId: number): boolean {
    const same = and(eq(reports.checkedAt, checkedAt), eq(reports.findingId, findingId));
    const found = this.#db
      .select({ checkedAt: reports.checkedAt })
      .from(reports)
      .where(and(eq(reports.targetId, targetId), same));
    return found.get() !== undefined;
  }

  /** When the last report of this very instant arrived. */
  lastArrival(targetId: number, checkedAt: number): number | undefined {
    const lag = this.#db
      .select({ max: max(reports.receivedLagMs) })
      .from(reports)
      .where(and(eq(reports.targetId, targetId), eq(reports.checkedAt, checkedAt)))
      .get()?.max;
    return lag == null ? undefined : checkedAt + lag;
  }

  /** The last report at or before an instant. */
  checkedBy(targetId: number, at: number): Observation<FindingRef> | undefined {
    return this.#first(and(eq(reports.targetId, targetId), lte(reports.checkedAt, at)), desc);
  }

  /** The first report after an instant. */
  checkedAfter(targetId: number, at: number): Observation<FindingRef> | undefined {
    return this.#first(and(eq(reports.targetId, targetId), gt(reports.checkedAt, at)), asc);
  }

  /** How many were checked strictly between two instants. */
  countBetween(targetId: number, after: number, before: number): number {
    const between = and(gt(reports.checkedAt, after), lt(reports.checkedAt, before));
    const counted = this.#db
      .select({ count: sql<number>`count(*)` })
      .from(reports)
      .where(and(eq(reports.targetId, targetId), between))
      .get();
    return counted?.count ?? 0;
  }

  #first(where: SQL | undefined, direction: typeof asc): Observation<FindingRef> | undefined {
    const row = this.#db
      .select({
        checkedAt: reports.checkedAt,
        receivedAt: sql<number>`${reports.checkedAt} + ${reports.receivedLagMs}`,
        staleAt: sql<number>`${reports.checkedAt} + ${sources.staleAfterMs}`,
        finding: { id: findings.id, syncStatus: findings.syncStatus },
        commit: sources.commit,
        runUrl: reports.runUrl,
      })
      .from(reports)
      .innerJoin(findings, eq(findings.id, reports.findingId))
      .innerJoin(sources, eq(sources.id, reports.sourceId))
      .where(where)
      .orderBy(direction(reports.checkedAt), direction(reports.receivedLagMs))
      .limit(1)
      .get();
    return row && { ...row, commit: row.commit ?? undefined, runUrl: row.runUrl ?? undefined };
  }
}
