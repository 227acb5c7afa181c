import type Sqlite from 'better-sqlite3';
import type { Finding, FindingSummary } from '../../domain/finding.ts';
import type { ReadBudget } from '../read-budget.ts';
import { toFinding } from '../row-values.ts';
import { prepared } from './prepared.ts';
import type { FindingRow } from './rows.ts';

/** By its key. */
const FINDING =
  'SELECT sync_status AS syncStatus, drift_count AS driftCount, files FROM finding WHERE id = ?';

/** The same without the files: these are last in the row, and SQLite stops reading before them. */
const SUMMARY = 'SELECT id, sync_status AS syncStatus, drift_count AS driftCount FROM finding WHERE id = ?';

type SummaryRow = Omit<FindingRow, 'files'> & { readonly id: number };

/** The findings of one answer, each read once, because many periods and targets share one. */
export interface FindingReader {
  whole(id: number): Finding;
  summary(id: number): FindingSummary;
}

/** Use it only within one read transaction: a finding may be pruned afterwards. */
export function findingReader(client: Sqlite.Database, budget: ReadBudget): FindingReader {
  const byId = prepared<[number], FindingRow>(client, FINDING);
  const summaryById = prepared<[number], SummaryRow>(client, SUMMARY);
  return {
    whole: eachOnce((id) => {
      const row = existing(byId.get(id), id);
      budget.take(1, row.files.length);
      return { id, ...toFinding(row) };
    }),
    summary: eachOnce((id) => {
      const { syncStatus, driftCount } = existing(summaryById.get(id), id);
      return { id, syncStatus, driftCount: driftCount ?? undefined };
    }),
  };
}

function eachOnce<T>(read: (id: number) => T): (id: number) => T {
  const cache = new Map<number, T>();
  return (id) => {
    const found = cache.get(id) ?? read(id);
    cache.set(id, found);
    return found;
  };
}

function existing<R>(row: R | undefined, id: number): R {
  if (row === undefined) throw new Error(`Finding ${id} is named, but not there.`);
  return row;
}
