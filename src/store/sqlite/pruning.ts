import type Sqlite from 'better-sqlite3';
import { addPruned, type Horizons, mayPrune, NOTHING_PRUNED, type Pruned } from '../../domain/retention.ts';
import { guardWrite } from './failure.ts';
import { horizonMove } from './horizons.ts';
import { actionPruning } from './pruning-actions.ts';
import { eventPruning } from './pruning-events.ts';
import { mutePruning } from './pruning-mutes.ts';
import { notificationPruning } from './pruning-notifications.ts';
import { OrphanPruning } from './pruning-orphans.ts';
import { PurgedPruning } from './pruning-purged.ts';
import { TargetPruning } from './pruning-targets.ts';

/** The size of one vacuum step. */
const VACUUM_PAGES = 64;
/**
 * The most pages that one batch vacuums: the moved pages are written at the commit, and the time limit of a batch does
 * not include that.
 */
const MAX_VACUUM_BYTES = 2 ** 20;
/**
 * After this many batches that wrote, a checkpoint copies the log into the file; otherwise one commit would copy
 * megabytes.
 */
const CHECKPOINT_EVERY = 8;

/** The newest `last_check` by a reporter's clock. Pushes are checked by our own clock. */
const NEWEST_LAST_CHECK = `
  SELECT max(s.last_check) FROM target_status s JOIN source c ON c.id = s.source_id WHERE c.pushed = 0`;

interface Batch {
  readonly pruned: Pruned;
  readonly isDone: boolean;
}

interface Batching {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly batchMs: number;
  /** Runs a batch in a transaction of its own. It may wait for another process before the batch, never within it. */
  readonly write: (batch: () => Batch) => Promise<Batch>;
  /** Called inside the transaction: cached ids of findings and sources are no longer valid. */
  readonly orphansRemoved: () => void;
}

/** Removes purged targets, rows older than the horizons, and rows without references; then shrinks the file. */
export class Pruning {
  readonly #client: Sqlite.Database;
  readonly #purged: PurgedPruning;
  readonly #targets: TargetPruning;
  readonly #eventSteps;
  readonly #actionSteps;
  readonly #muteSteps;
  readonly #notificationSteps;
  readonly #orphans: OrphanPruning;
  readonly #moveHorizons;
  readonly #newestLastCheck;

  constructor(client: Sqlite.Database) {
    this.#client = client;
    this.#purged = new PurgedPruning(client);
    this.#targets = new TargetPruning(client);
    this.#eventSteps = eventPruning(client);
    this.#actionSteps = actionPruning(client);
    this.#muteSteps = mutePruning(client);
    this.#notificationSteps = notificationPruning(client);
    this.#orphans = new OrphanPruning(client);
    this.#moveHorizons = horizonMove(client);
    this.#newestLastCheck = client.prepare<[], number | null>(NEWEST_LAST_CHECK).pluck();
  }

  /** A whole pass. Each batch is one transaction of as many steps as fit into `batchMs`, at least one. */
  async *batches(
    wanted: Horizons,
    { now, batchMs, write, orphansRemoved }: Batching,
  ): AsyncGenerator<Pruned> {
    const steps = this.#steps(wanted, now);
    let isDone = false;
    let writes = 0;
    while (!isDone) {
      const batch = await write(() => {
        const taken = takeSteps(steps, batchMs);
        if (taken.pruned.findings + taken.pruned.sources > 0) orphansRemoved();
        return taken;
      });
      isDone = batch.isDone;
      yield batch.pruned;
      if (Object.values(batch.pruned).some((count) => count > 0)) writes++;
      if (writes < (isDone ? 1 : CHECKPOINT_EVERY)) continue;
      // The file shrinks at a checkpoint. PASSIVE does not wait for readers.
      guardWrite(() => this.#client.pragma('wal_checkpoint(PASSIVE)'));
      writes = 0;
      yield NOTHING_PRUNED;
    }
  }

  *#steps(wanted: Horizons, now: number): Generator<Partial<Pruned>, void> {
    yield* this.#purged.steps();
    if (mayPrune({ now, newestLastCheckAt: this.#newestLastCheck.get() ?? undefined })) {
      yield* this.#agedSteps(wanted);
    }
    yield* this.#orphans.findingSteps();
    yield* this.#vacuumSteps();
  }

  *#agedSteps(wanted: Horizons): Generator<Partial<Pruned>, void> {
    const horizons = this.#moveHorizons(wanted);
    yield {};
    const { reportsBefore, eventsBefore, actionsBefore } = horizons;
    const named = new Set<number>();
    yield* this.#targets.steps(horizons, named);
    if (eventsBefore !== undefined) {
      yield* this.#eventSteps(eventsBefore);
      yield* this.#notificationSteps(eventsBefore);
    }
    if (actionsBefore !== undefined) {
      yield* this.#muteSteps(actionsBefore);
      yield* this.#actionSteps(actionsBefore);
    }
    if (reportsBefore !== undefined) yield* this.#orphans.sourceSteps(reportsBefore, named);
  }

  *#vacuumSteps(): Generator<Partial<Pruned>, void> {
    const pageBytes = this.#pragma('page_size');
    let free = this.#pragma('freelist_count');
    while (free > 0) {
      this.#client.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
      const left = this.#pragma('freelist_count');
      // A file that another program made may be unable to shrink.
      if (left >= free) return;
      yield { bytes: (free - left) * pageBytes };
      free = left;
    }
  }

  #pragma(name: string): number {
    return Number(this.#client.pragma(name, { simple: true }));
  }
}

function takeSteps(steps: Iterator<Partial<Pruned>, void>, batchMs: number): Batch {
  let pruned = NOTHING_PRUNED;
  const startedAt = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return { pruned, isDone: true };
    pruned = addPruned(pruned, step.value);
    const isFull = performance.now() - startedAt >= batchMs || pruned.bytes >= MAX_VACUUM_BYTES;
    if (isFull) return { pruned, isDone: false };
  }
}
