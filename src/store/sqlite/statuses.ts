import { compareTargets, type Target, targetKey } from '../../domain/target.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import type { TargetStatus } from '../store.ts';
import type { Changed } from './changes.ts';
import { namingDamage } from './failure.ts';
import type { Database } from './open.ts';
import { latestOf, NOW, statusesAt } from './status-query.ts';

/** Tells each change once, also where it takes a while. */
export type TellChanges = () => Changed | Promise<Changed>;

/**
 * The latest of every target, kept between questions: each one reads the targets that something was recorded about
 * since the one before. First it is told which, then it reads: what was acknowledged before the question is in the
 * answer.
 */
export class Statuses {
  /** A question at a time: each takes from what changed. */
  readonly read = oneAtATime(() => this.#read());
  readonly #db: Database;
  readonly #latestOf: (target: Target) => TargetStatus | undefined;
  readonly #tellChanges: TellChanges;
  /** By target, in order; undefined where everything is to be read anew. */
  #known: Map<string, TargetStatus> | undefined;
  #statuses: readonly TargetStatus[] = [];
  /** Told of, and not read yet. */
  readonly #changed = new Map<string, Target>();

  constructor(db: Database, tellChanges: TellChanges) {
    this.#db = db;
    this.#latestOf = latestOf(db);
    this.#tellChanges = tellChanges;
  }

  async #read(): Promise<readonly TargetStatus[]> {
    this.#note(await this.#askChanges());
    namingDamage(this.#db.$client.name, () => this.#catchUp());
    // Not before: where that throws, what has changed is still to be read.
    this.#changed.clear();
    return this.#statuses;
  }

  async #askChanges(): Promise<Changed> {
    try {
      return await this.#tellChanges();
    } catch (error) {
      // What was about to be told may have been taken: it is not told again.
      this.#known = undefined;
      throw error;
    }
  }

  #note(changed: Changed): void {
    if (changed === 'anything') this.#known = undefined;
    else for (const target of changed) this.#changed.set(targetKey(target), target);
  }

  #catchUp(): void {
    if (this.#known === undefined) this.#readAll();
    else if (this.#changed.size > 0) this.#readChanged(this.#known);
  }

  #readAll(): void {
    this.#statuses = statusesAt(this.#db, {}, NOW);
    this.#known = new Map(this.#statuses.map((status) => [targetKey(status.target), status]));
  }

  /** All of them as of one moment. */
  #readChanged(known: Map<string, TargetStatus>): void {
    const read = this.#db.$client.transaction(() =>
      [...this.#changed].map(([key, target]) => [key, this.#latestOf(target)] as const),
    );
    let isInOrder = true;
    for (const [key, status] of read()) {
      isInOrder &&= status === undefined || known.has(key);
      if (status === undefined) known.delete(key);
      else known.set(key, status);
    }
    this.#statuses = [...known.values()];
    if (isInOrder) return;
    this.#statuses = this.#statuses.toSorted((a, b) => compareTargets(a.target, b.target));
    this.#known = new Map(this.#statuses.map((status) => [targetKey(status.target), status]));
  }
}
