import Sqlite from 'better-sqlite3';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import { REPORT_COLUMNS, type ReportRow, toReport } from './rows.ts';
import { type FilterParams, filterParams, namedBy } from './target-filter.ts';

const PAGE = 1000;
const START = { checkedAt: Number.MIN_SAFE_INTEGER, receivedLagMs: 0 };

/** Includes deleted targets: their history stays. */
const targetIds = (filter: TargetFilter) =>
  `SELECT t.id FROM target t WHERE ${namedBy(filter)} ORDER BY t.id`;

/** A range of the key of `report`, which has the wanted order. */
const REPORTS_AFTER = `
  SELECT ${REPORT_COLUMNS}
  FROM report r
  CROSS JOIN target t ON t.id = r.target_id
  CROSS JOIN finding f ON f.id = r.finding_id
  CROSS JOIN source c ON c.id = r.source_id
  WHERE r.target_id = :targetId AND (r.checked_at, r.received_lag_ms) > (:checkedAt, :receivedLagMs)
  ORDER BY r.checked_at, r.received_lag_ms
  LIMIT ${PAGE}`;

interface After {
  readonly targetId: number;
  readonly checkedAt: number;
  readonly receivedLagMs: number;
}

/**
 * Every report in one snapshot, by target, in the order of (`checkedAt`, `receivedAt`). Each iteration has its own
 * connection with one read transaction. So it blocks no writer, sees no later writes, and is independent of other
 * iterations.
 */
export function* everyReport(client: Sqlite.Database, filter: TargetFilter): Generator<Report, void> {
  const snapshot = client.memory
    ? new Sqlite(client.serialize())
    : new Sqlite(client.name, { readonly: true });
  try {
    snapshot.exec('BEGIN');
    const ids = snapshot.prepare<[FilterParams], number>(targetIds(filter)).pluck();
    const page = snapshot.prepare<[After], ReportRow>(REPORTS_AFTER);
    for (const targetId of ids.all(filterParams(filter))) {
      let rows: ReportRow[] | undefined;
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
