import type Sqlite from 'better-sqlite3';
import {
  type Cut,
  isFull,
  REMOVE_PERIODS,
  REMOVE_REPORTS,
  type RemovedOfTarget,
  ROWS,
} from './pruning-targets.ts';

/** By `target_name`, where targets without a name come first. */
const NEXT_PURGED = 'SELECT min(id) FROM target WHERE repo IS NULL AND id > ?';

/** By `incident_opened`. */
const REMOVE_INCIDENTS = `
  DELETE FROM incident WHERE id IN (SELECT i.id FROM incident i WHERE i.target_id = ? LIMIT ${ROWS})`;

/** It is removed last: while it exists, a restart continues the removal. */
const REMOVE_TARGET = 'DELETE FROM target WHERE id = ? AND repo IS NULL';

/** Removes the rows of purged targets, a few per step. */
export class PurgedPruning {
  readonly #next;
  readonly #removeReports;
  readonly #removePeriods;
  readonly #removeIncidents;
  readonly #removeTarget;

  constructor(client: Sqlite.Database) {
    this.#next = client.prepare<[number], number | null>(NEXT_PURGED).pluck();
    this.#removeReports = client.prepare<[Cut]>(REMOVE_REPORTS);
    this.#removePeriods = client.prepare<[Cut]>(REMOVE_PERIODS);
    this.#removeIncidents = client.prepare<[number]>(REMOVE_INCIDENTS);
    this.#removeTarget = client.prepare<[number]>(REMOVE_TARGET);
  }

  *steps(): Generator<RemovedOfTarget, void> {
    for (let id = this.#next.get(0); id != null; id = this.#next.get(id)) {
      let removed: RemovedOfTarget;
      do {
        removed = this.#removeFrom(id);
        // Only in the last step, so that no rows are left without their target.
        if (!isFull(removed)) this.#removeTarget.run(id);
        yield removed;
      } while (isFull(removed));
    }
  }

  #removeFrom(targetId: number): RemovedOfTarget {
    const all = { targetId, keptFrom: Number.MAX_SAFE_INTEGER };
    return {
      reports: this.#removeReports.run(all).changes,
      periods: this.#removePeriods.run(all).changes,
      incidents: this.#removeIncidents.run(targetId).changes,
    };
  }
}
