import { planTime } from '../../domain/record/plan-time.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import { STATES } from '../../domain/state.ts';
import { targetKey } from '../../domain/target.ts';
import { writeEvents } from './event-rows.ts';
import { lockTargetIds } from './locking.ts';
import { databaseClock } from './node-row.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';
import { watchAgain, writeStatuses } from './status-writes.ts';
import type { Transaction } from './transaction.ts';
import type { Writer } from './writer.ts';

interface Due {
  readonly now: number;
  readonly limit: number;
}

/** By `stale_watch_due`. */
const DUE = statement<Due, { id: number }>(
  'SELECT target_id AS id FROM stale_watch WHERE due_at <= :now ORDER BY due_at LIMIT :limit',
);

/** `stateAt` in SQL, over every row. */
const DIFFERENT = statement<Due, { id: number }>(`
  SELECT target_id AS id FROM target_status
  WHERE announced_state IS NOT NULL AND announced_state <> CASE
    WHEN stale_at <= :now OR checked_at > :now::bigint + ${MAX_AHEAD_MS} THEN ${STATES.indexOf('STALE')}
    ELSE sync_status END
  LIMIT :limit`);

interface Deps {
  readonly writer: Writer;
  readonly session: Session;
  readonly clock: (databaseNow: number) => number;
  /** The term in which this process looks; undefined if it looks without a lease. */
  readonly fence: () => number | undefined;
}

/**
 * Tells what time alone has changed. The watches say where to look, as long as time goes forward. After a start, in each
 * new term, and while the clock is behind a time that it had before, all targets are looked at: some that were told to be
 * STALE are not any more.
 */
export class TimeChanges {
  readonly #deps: Deps;
  /** The latest time at which such a look has ended; infinite before the first look at all targets. */
  #lookedUntil = Number.POSITIVE_INFINITY;
  #fence: number | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** See the port. */
  async record(limit: number): Promise<number> {
    for (;;) {
      const { ids, events } = await this.#look(limit);
      if (events > 0 || ids === 0) return events;
    }
  }

  async #look(limit: number): Promise<{ ids: number; events: number }> {
    const { writer, session, clock } = this.#deps;
    this.#noticeTerm();
    const now = clock(await databaseClock(session));
    const isBehind = now < this.#lookedUntil;
    const rows = await session.all(isBehind ? DIFFERENT : DUE, { now, limit });
    if (rows.length === 0) {
      // After the first look at all targets, time only has to be later than at the last look.
      this.#lookedUntil =
        this.#lookedUntil === Number.POSITIVE_INFINITY ? now : Math.max(this.#lookedUntil, now);
      return { ids: 0, events: 0 };
    }
    const ids = rows.map(({ id }) => id);
    return {
      ids: ids.length,
      events: await writer.transaction((transaction) => this.#tell(transaction, ids)),
    };
  }

  /** Between two terms another process has looked, perhaps while the clock was ahead. */
  #noticeTerm(): void {
    const fence = this.#deps.fence();
    if (fence !== this.#fence) this.#lookedUntil = Number.POSITIVE_INFINITY;
    this.#fence = fence;
  }

  /** Decides again, with the targets locked. */
  async #tell(transaction: Transaction, ids: readonly number[]): Promise<number> {
    const locked = await lockTargetIds(transaction, ids);
    const now = this.#deps.clock(locked.now);
    const reported = locked.targets.flatMap(({ id, status, labels }) =>
      status === undefined ? [] : [{ id, status, labels }],
    );
    const { statuses, events } = planTime(now, reported);
    const told = new Map(statuses.map((status) => [targetKey(status.target), status]));
    const looked = reported.map(({ id, status }) => ({
      targetId: id,
      before: status,
      after: told.get(targetKey(status.target)) ?? status,
    }));
    writeStatuses(
      transaction,
      looked.filter(({ before, after }) => before !== after),
    );
    watchAgain(transaction, looked, ids);
    writeEvents(transaction, events);
    return events.length;
  }
}
