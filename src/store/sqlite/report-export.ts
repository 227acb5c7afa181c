import Sqlite from 'better-sqlite3';
import { and, asc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { Report } from '../../domain/report.ts';
import type { TargetFilter } from '../store.ts';
import { matching } from './history-queries.ts';
import { reportColumns, toReport } from './rows.ts';
import { findings, reports, sources, targets } from './schema.ts';

const PAGE = 1000;
const START = { checkedAt: Number.MIN_SAFE_INTEGER, receivedLagMs: 0 };

/**
 * Every report as of one moment, by target, each target's in the order of (`checkedAt`, `receivedAt`). On a
 * connection of its own, in one read transaction: nothing that is recorded meanwhile is held up, or seen.
 */
export function* everyReport(client: Sqlite.Database, filter: TargetFilter): Generator<Report, void> {
  const snapshot = client.memory
    ? new Sqlite(client.serialize())
    : new Sqlite(client.name, { readonly: true });
  try {
    snapshot.exec('BEGIN');
    const known = drizzle({ client: snapshot }).select().from(targets).where(matching(filter));
    const page = preparePage(snapshot);
    for (const { id: targetId } of known.orderBy(asc(targets.id)).all()) {
      let rows: ReturnType<typeof page.all> | undefined;
      while (rows === undefined || rows.length === PAGE) {
        const { checkedAt, receivedLagMs } = rows?.at(-1) ?? START;
        rows = page.all({ targetId, checkedAt, receivedLagMs });
        yield* rows.map(toReport);
      }
    }
  } finally {
    snapshot.close();
  }
}

/** A range of the key of `report`; only reports of the same instant have to be sorted. */
function preparePage(snapshot: Sqlite.Database) {
  const targetId = sql.placeholder('targetId');
  const position = sql`(${sql.placeholder('checkedAt')}, ${sql.placeholder('receivedLagMs')})`;
  return drizzle({ client: snapshot })
    .select(reportColumns)
    .from(reports)
    .innerJoin(targets, eq(targets.id, reports.targetId))
    .innerJoin(findings, eq(findings.id, reports.findingId))
    .innerJoin(sources, eq(sources.id, reports.sourceId))
    .where(
      and(
        eq(reports.targetId, targetId),
        sql`(${reports.checkedAt}, ${reports.receivedLagMs}) > ${position}`,
      ),
    )
    .orderBy(asc(reports.checkedAt), asc(reports.receivedLagMs))
    .limit(PAGE)
    .prepare();
}
