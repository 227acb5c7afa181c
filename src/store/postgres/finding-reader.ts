import type { Finding } from '../../domain/finding.ts';
import type { ReadBudget } from '../read-budget.ts';
import { toFinding } from '../row-values.ts';
import type { FindingRow } from './rows.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';

/** How many are read at once: a list of files may be long. */
const AT_ONCE = 100;

/** By its key. */
export const FINDINGS = statement<{ ids: readonly number[] }, FindingRow & { id: number }>(`
  SELECT id, sync_status AS "syncStatus", drift_count AS "driftCount", files FROM finding
  WHERE id = ANY (:ids::bigint[])`);

/**
 * The findings of one answer, each read once, because many periods and targets share one. Use it only within one
 * snapshot: a finding may be pruned afterwards.
 */
export class FindingReader {
  readonly #session: Session;
  readonly #budget: ReadBudget;
  readonly #found = new Map<number, Finding>();

  constructor(session: Session, budget: ReadBudget) {
    this.#session = session;
    this.#budget = budget;
  }

  /** Reads findings, so that they can be looked up afterwards. */
  async read(ids: Iterable<number>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#found.has(id));
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const rows = await this.#session.all(FINDINGS, { ids: missing.slice(start, start + AT_ONCE) });
      for (const row of rows) {
        this.#budget.take(1, row.files.length);
        this.#found.set(row.id, { id: row.id, ...toFinding(row) });
      }
    }
  }

  get(id: number): Finding {
    const finding = this.#found.get(id);
    if (finding === undefined) throw new Error(`Finding ${id} is named, but not there.`);
    return finding;
  }
}
