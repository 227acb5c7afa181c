import { and, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { Range } from '../../domain/instant.ts';
import type { ReportPage, ReportPosition, ReportQuery, TargetFilter } from '../store.ts';
import { matching } from './history-queries.ts';
import type { Database } from './open.ts';
import { reportColumns, toReport } from './rows.ts';
import { findings, reports, sources, targets } from './schema.ts';

/** The first slice looked through for a page; each further one is twice as long. */
const FIRST_SLICE_MS = 15 * 60_000;

const byNewest = [desc(reports.checkedAt), desc(reports.targetId), desc(reports.receivedLagMs)];

/**
 * A page of reports over many targets, newest first. The table is clustered by target, so an answer over all
 * of them looks back in growing slices of time, each one range of the key per target, until the page is full:
 * it reads about as many rows as it gives, however long the range is.
 */
export function reportPage(db: Database, filter: TargetFilter, query: ReportQuery): ReportPage {
  const { range, limit, after, syncStatuses } = query;
  const rows: ReturnType<typeof slice> = [];
  const newest = after === undefined ? range.to : Math.min(range.to, after.checkedAt + 1);
  let length = FIRST_SLICE_MS;
  for (let to = newest; to > range.from && rows.length <= limit; length *= 2) {
    const from = Math.max(range.from, to - length);
    const where = and(
      matching(filter),
      syncStatuses && inArray(findings.syncStatus, [...syncStatuses]),
      after && isAfter(after),
    );
    rows.push(...slice(db, { from, to }, { where, limit: limit + 1 - rows.length }));
    to = from;
  }
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last !== undefined ? positionOf(last) : undefined;
  return { reports: page.map(toReport), next };
}

function slice(db: Database, range: Range, { where, limit }: { where: SQL | undefined; limit: number }) {
  return (
    db
      .select(reportColumns)
      .from(targets)
      // CROSS keeps the targets outside: else the planner would rather scan all reports once.
      .crossJoin(reports)
      .innerJoin(findings, eq(findings.id, reports.findingId))
      .innerJoin(sources, eq(sources.id, reports.sourceId))
      .where(
        and(
          eq(reports.targetId, targets.id),
          gte(reports.checkedAt, range.from),
          lt(reports.checkedAt, range.to),
          where,
        ),
      )
      .orderBy(...byNewest)
      .limit(limit)
      .all()
  );
}

/** Whether a report comes after a position, in the order of the page. */
function isAfter({ checkedAt, targetId, receivedAt }: ReportPosition): SQL {
  const lag = receivedAt - checkedAt;
  return sql`(${reports.checkedAt}, ${reports.targetId}, ${reports.receivedLagMs}) < (${checkedAt}, ${targetId}, ${lag})`;
}

function positionOf(row: { checkedAt: number; targetId: number; receivedLagMs: number }): ReportPosition {
  const { checkedAt, targetId, receivedLagMs } = row;
  return { checkedAt, targetId, receivedAt: checkedAt + receivedLagMs };
}
