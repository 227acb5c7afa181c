import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import type { Reading } from './reading.ts';
import { REPORT_COLUMNS, type ReportRow, toReport } from './report-rows.ts';
import { cachedStatement, statement } from './statement.ts';
import { type FilterParams, filterParams, namedBy } from './target-filter.ts';

const PAGE = 1000;
const START = { checkedAt: Number.MIN_SAFE_INTEGER, receivedAt: 0 };

/** Includes deleted targets: their history stays. */
const targetIds = (filter: TargetFilter) =>
  `SELECT t.id FROM target t WHERE ${namedBy(filter)} ORDER BY t.id`;

interface After {
  readonly targetId: number;
  readonly checkedAt: number;
  readonly receivedAt: number;
}

/** A range of the key of `report`, which has the wanted order. */
const REPORTS_AFTER = statement<After, ReportRow>(`
  SELECT ${REPORT_COLUMNS}
  FROM report r
  JOIN target t ON t.id = r.target_id
  JOIN finding f ON f.id = r.finding_id
  JOIN source c ON c.id = r.source_id
  WHERE r.target_id = :targetId AND (r.checked_at, r.received_at) > (:checkedAt::bigint, :receivedAt::bigint)
  ORDER BY r.checked_at, r.received_at
  LIMIT ${PAGE}`);

/**
 * Every report at one moment, by target, in the order of (`checkedAt`, `receivedAt`). Each iteration has its own
 * connection with one read transaction, so it blocks no writer, does not see later writes, and is independent of
 * other iterations.
 */
export async function* everyReport(reading: Reading, filter: TargetFilter): AsyncGenerator<Report, void> {
  const { session, end } = await reading.longSnapshot();
  try {
    const targets = cachedStatement<FilterParams, { id: number }>(targetIds(filter));
    for (const { id: targetId } of await session.all(targets, filterParams(filter))) {
      let rows: ReportRow[] | undefined;
      while (rows === undefined || rows.length === PAGE) {
        const { checkedAt, receivedAt } = rows?.at(-1) ?? START;
        rows = await session.all(REPORTS_AFTER, { targetId, checkedAt, receivedAt });
        yield* rows.map(toReport);
      }
    }
  } finally {
    await end();
  }
}
