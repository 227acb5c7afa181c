import Sqlite from 'better-sqlite3';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import { REPORT_COLUMNS, type ReportRow, toReport } from './rows.ts';
import { type FilterParams, filterParams, namedBy } from './target-filter.ts';

/** Includes deleted targets: their history stays. */
const targetIds = (filter: TargetFilter) =>
  `SELECT t.id FROM target t WHERE ${namedBy(filter)} ORDER BY t.id`;

/** A range of the key of `report`, which has the wanted order. */
const REPORTS = `
  SELECT ${REPORT_COLUMNS}
  FROM report r
  CROSS JOIN target t ON t.id = r.target_id
  CROSS JOIN finding f ON f.id = r.finding_id
  CROSS JOIN source c ON c.id = r.source_id
  WHERE r.target_id = ?
  ORDER BY r.checked_at, r.received_lag_ms`;

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
    const reports = snapshot.prepare<[number], ReportRow>(REPORTS);
    for (const targetId of ids.all(filterParams(filter))) {
      // Row by row: each may have many files.
      for (const row of reports.iterate(targetId)) yield toReport(row);
    }
  } finally {
    snapshot.close();
  }
}
