import { addPruned, type Horizons, mayPrune, NOTHING_PRUNED, type Pruned } from '../../domain/retention.ts';
import { loadReportsFrom, moveHorizons, oldestRows, type StoredHorizons } from './horizons.ts';
import { lockTargetIds } from './locking.ts';
import { type Partitions, partitionsOf } from './partitions.ts';
import { removeBefore } from './pruning-lists.ts';
import { removeOrphans } from './pruning-orphans.ts';
import { removePartitions } from './pruning-partitions.ts';
import { removePurged } from './pruning-purged.ts';
import { isFull, removeOld } from './pruning-targets.ts';
import type { Servers } from './servers.ts';
import { first, type Session } from './session.ts';
import { statement } from './statement.ts';
import type { Writer } from './writer.ts';

/** The newest `last_check` by the clock of a reporter. Pushes are checked by our own clock. */
const NEWEST_LAST_CHECK = statement<object, { at: number | null }>(
  'SELECT max(s.last_check) AS at FROM target_status s JOIN source c ON c.id = s.source_id WHERE NOT c.pushed',
);

type After = { readonly after: number };
type Row = { readonly id: number };

/** Each the next in the order of the key. */
const NEXT_TARGET = statement<After, Row>('SELECT id FROM target WHERE id > :after ORDER BY id LIMIT 1');
/** By `target_purged`. */
const NEXT_PURGED = statement<After, Row>(
  'SELECT id FROM target WHERE repo IS NULL AND id > :after ORDER BY id LIMIT 1',
);

/** What is too old. */
interface Aged {
  /** The horizon of reports of the pass before. */
  readonly passed: number;
  readonly horizons: StoredHorizons;
}

interface Deps {
  readonly servers: Servers;
  readonly partitions: Partitions;
  readonly writer: Writer;
  readonly session: Session;
  /** Called after findings or sources were removed: ids that are remembered are no longer valid. */
  readonly orphansRemoved: () => void;
}

/** Removes purged targets, rows older than the horizons, and rows without references; a few in each transaction. */
export class Pruning {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A whole pass. `batchMs`: how long it goes on without letting others go first. */
  async *batches(
    wanted: Horizons,
    { now, batchMs }: { now: number; batchMs: number },
  ): AsyncGenerator<Pruned> {
    let pruned = NOTHING_PRUNED;
    let startedAt = performance.now();
    await this.#deps.partitions.ensureAhead(now, now - wanted.reportsBefore);
    for await (const step of this.#steps(wanted, now)) {
      pruned = addPruned(pruned, step);
      if (performance.now() - startedAt < batchMs) continue;
      yield pruned;
      pruned = NOTHING_PRUNED;
      startedAt = performance.now();
    }
    yield pruned;
  }

  async *#steps(wanted: Horizons, now: number): AsyncGenerator<Partial<Pruned>, void> {
    const { session } = this.#deps;
    yield* this.#purged();
    const newestLastCheckAt = (await first(session, NEWEST_LAST_CHECK, {}))?.at ?? undefined;
    const aged = mayPrune({ now, newestLastCheckAt }) ? await this.#move(wanted) : undefined;
    if (aged !== undefined) yield* this.#aged(aged.horizons);
    yield* this.#orphans('finding', now);
    // After what any role may do at any time: only their owner may drop partitions, and who reads them holds it up.
    if (aged !== undefined) yield* this.#reportsAndTheirHistory(aged);
  }

  async *#purged(): AsyncGenerator<Partial<Pruned>, void> {
    const { writer, session } = this.#deps;
    for await (const id of each(session, NEXT_PURGED)) {
      for (let removed = undefined; removed === undefined || isFull(removed); ) {
        removed = await writer.transaction((one) => removePurged(one, id));
        yield removed;
      }
    }
  }

  async #move(wanted: Horizons): Promise<Aged> {
    // What the pass before has decided: a transaction that was recording something older then is over by now.
    const { session, writer } = this.#deps;
    const passed = await loadReportsFrom(session);
    const oldest = await oldestRows(session);
    const horizons = await writer.transaction((one) => moveHorizons(one, wanted, oldest));
    return { passed, horizons };
  }

  async *#aged(horizons: StoredHorizons): AsyncGenerator<Partial<Pruned>, void> {
    const { reportsBefore, historyBefore, eventsBefore, actionsBefore } = horizons;
    if (eventsBefore !== undefined) {
      yield* this.#list('events', eventsBefore);
      yield* this.#list('notifications', eventsBefore);
      yield* this.#list('threads', eventsBefore);
    }
    if (actionsBefore !== undefined) {
      yield* this.#list('mutes', actionsBefore);
      yield* this.#list('actions', actionsBefore);
    }
    if (historyBefore !== undefined) yield* this.#targets(historyBefore);
    if (reportsBefore !== undefined)
      yield* this.#orphans('source', await this.#oldestPartition(reportsBefore));
  }

  async *#reportsAndTheirHistory(aged: Aged): AsyncGenerator<Partial<Pruned>, void> {
    let removed = 0;
    for await (const step of this.#reports(aged)) {
      removed += step.reports;
      yield step;
    }
    const { historyBefore } = aged.horizons;
    // History stays as long as a report of it does.
    if (removed > 0 && historyBefore !== undefined) yield* this.#targets(historyBefore);
  }

  async *#reports({ passed, horizons }: Aged): AsyncGenerator<{ reports: number }, void> {
    const before = horizons.reportsBefore;
    if (before === undefined) return;
    for await (const reports of removePartitions(this.#deps, { passed, before })) {
      this.#deps.partitions.forget();
      yield { reports };
    }
  }

  /** No report that is still there, but for those in tails and kept chunks, is older: partitions of this pass go later. */
  async #oldestPartition(before: number): Promise<number> {
    const [oldest] = await partitionsOf(this.#deps.session);
    return Math.min(before, oldest?.fromAt ?? before);
  }

  /** Every step decides again, so others may write between two of them. */
  async *#targets(historyBefore: number): AsyncGenerator<Partial<Pruned>, void> {
    const { writer, session } = this.#deps;
    for await (const id of each(session, NEXT_TARGET)) {
      for (let removed = undefined; removed === undefined || isFull(removed); ) {
        removed = await writer.transaction(async (one) => {
          await lockTargetIds(one, [id]);
          return removeOld(one, id, historyBefore);
        });
        yield removed;
      }
    }
  }

  async *#list(
    what: Parameters<typeof removeBefore>[1],
    before: number,
  ): AsyncGenerator<Partial<Pruned>, void> {
    for (let isMore = true; isMore; ) {
      const { count, isFull: isFullStep } = await this.#deps.writer.transaction((session) =>
        removeBefore(session, what, before),
      );
      isMore = isFullStep;
      yield what === 'events' || what === 'actions' ? { [what]: count } : {};
    }
  }

  async *#orphans(kind: 'finding' | 'source', usedBefore: number): AsyncGenerator<Partial<Pruned>, void> {
    for (let from: number | undefined = 0; from !== undefined; ) {
      const after: number = from;
      const removed = await this.#deps.writer.transaction((session) =>
        removeOrphans(session, kind, { after, usedBefore }),
      );
      from = removed.after;
      if (removed.count > 0) this.#deps.orphansRemoved();
      yield kind === 'finding' ? { findings: removed.count } : { sources: removed.count };
    }
  }
}

async function* each(session: Session, next: typeof NEXT_TARGET): AsyncGenerator<number, void> {
  let row = await first(session, next, { after: 0 });
  while (row !== undefined) {
    yield row.id;
    row = await first(session, next, { after: row.id });
  }
}
