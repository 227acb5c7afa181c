import type Sqlite from 'better-sqlite3';
import type { Finding } from '../../domain/finding.ts';
import { prepared } from './prepared.ts';
import { type FindingRow, toFinding } from './rows.ts';

/** By its key. */
const FINDING =
  'SELECT sync_status AS syncStatus, drift_count AS driftCount, files FROM finding WHERE id = ?';

/**
 * Reads the findings of one answer, each once, because many periods and targets share one. Use it only within one
 * read transaction: a finding may be pruned afterwards.
 */
export function findingReader(client: Sqlite.Database): (id: number) => Finding {
  const byId = prepared<[number], FindingRow>(client, FINDING);
  const cache = new Map<number, Finding>();
  return (id) => {
    const found = cache.get(id);
    if (found !== undefined) return found;
    const row = byId.get(id);
    if (row === undefined) throw new Error(`Finding ${id} is named, but not there.`);
    const finding = { id, ...toFinding(row) };
    cache.set(id, finding);
    return finding;
  };
}
