import type Sqlite from 'better-sqlite3';
import { addPruned, type Horizons, NOTHING_PRUNED, type Pruned } from '../../domain/retention.ts';
import { guardWrite } from './failure.ts';
import { OrphanPruning } from './pruning-orphans.ts';
import { TargetPruning } from './pruning-targets.ts';

/** As much of the file as one step gives back. */
const VACUUM_PAGES = 64;
/** And as much as a batch does: what was moved is written at its commit, which no stopwatch inside it sees. */
const MAX_VACUUM_BYTES = 2 ** 20;
/** After so many batches that wrote, the log is carried over into the file: else one commit would carry megabytes. */
const CHECKPOINT_EVERY = 8;

interface Batch {
  readonly pruned: Pruned;
  readonly isDone: boolean;
}

interface Batching {
  readonly batchMs: number;
  /** Runs a batch in a transaction of its own; while another process writes, it may wait before, never in between. */
  readonly write: (batch: () => Batch) => Promise<Batch>;
  /** Called inside the transaction: whoever remembers findings or sources by their ids must not any more. */
  readonly orphansRemoved: () => void;
}

/** Takes what is older than the horizons, then what nobody names any more, then the space that became free. */
export class Pruning {
  readonly #client: Sqlite.Database;
  readonly #targets: TargetPruning;
  readonly #orphans: OrphanPruning;

  constructor(client: Sqlite.Database) {
    this.#client = client;
    this.#targets = new TargetPruning(client);
    this.#orphans = new OrphanPruning(client);
  }

  /** A whole pass: each batch is one transaction of as many steps as fit into `batchMs`, and at least one. */
  async *batches(horizons: Horizons, { batchMs, write, orphansRemoved }: Batching): AsyncGenerator<Pruned> {
    const steps = this.#steps(horizons);
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
      // The file shrinks when the log is carried over. PASSIVE: whoever reads meanwhile is not waited for.
      guardWrite(() => this.#client.pragma('wal_checkpoint(PASSIVE)'));
      writes = 0;
      yield NOTHING_PRUNED;
    }
  }

  *#steps(horizons: Horizons): Generator<Partial<Pruned>, void> {
    const named = new Set<number>();
    const version = this.#pragma('data_version');
    yield* this.#targets.steps(horizons, named);
    yield* this.#orphans.findingSteps();
    // Another process may import an old report of a target that was looked at already: then the next pass takes them.
    const isAllNamed = () => this.#pragma('data_version') === version;
    yield* this.#orphans.sourceSteps(horizons, { named, isAllNamed });
    yield* this.#vacuumSteps();
  }

  *#vacuumSteps(): Generator<Partial<Pruned>, void> {
    const pageBytes = this.#pragma('page_size');
    let free = this.#pragma('freelist_count');
    while (free > 0) {
      this.#client.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
      const left = this.#pragma('freelist_count');
      // A file that was made by something else may not be able to shrink.
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
