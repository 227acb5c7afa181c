import type Sqlite from 'better-sqlite3';
import type { Report } from '../../domain/report.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import type { Recorded } from '../store.ts';

/** Whose status may be another than when whoever asks asked last: these targets', or anybody's. */
export type Changed = readonly Target[] | 'anything';

/** From here on reading all of them anew is not much more, and nobody may ever ask again. */
const MAX_TARGETS = 50_000;

/**
 * Which targets something was committed about, for those who keep what they have read. Each has a place of its own,
 * and costs nothing until the first question and a map entry per report from then on.
 */
export class Changes {
  readonly #client: Sqlite.Database;
  readonly #followers: Follower[] = [];

  constructor(client: Sqlite.Database) {
    this.#client = client;
  }

  /** A new place. Each call tells what was committed since the one before: the first time, anything. */
  follow(): () => Changed {
    const follower = new Follower();
    this.#followers.push(follower);
    return () => follower.take(this.#client.pragma('data_version', { simple: true }));
  }

  /** Must be told of everything that was recorded, once it is committed and before it is acknowledged. */
  recorded(reports: readonly Report[], outcomes: readonly Recorded[]): void {
    for (const follower of this.#followers) {
      if (!follower.isFollowing) continue;
      for (const [i, { target }] of reports.entries()) {
        if (outcomes[i]?.recorded !== 'duplicate') follower.add(target);
      }
    }
  }

  /** Must be told of every target that was deleted, as early. */
  forgotten(target: Target): void {
    for (const follower of this.#followers) follower.add(target);
  }

  /** Must be called as early after every other change to targets, periods or incidents. */
  reset(): void {
    for (const follower of this.#followers) follower.reset();
  }
}

class Follower {
  /** Undefined where anything may have changed. */
  #targets: Map<string, Target> | undefined;
  #dataVersion: unknown;

  get isFollowing(): boolean {
    return this.#targets !== undefined;
  }

  add(target: Target): void {
    this.#targets?.set(targetKey(target), target);
    if (this.#targets !== undefined && this.#targets.size > MAX_TARGETS) this.reset();
  }

  reset(): void {
    this.#targets = undefined;
  }

  /** `dataVersion` is another one where another connection has written: what, nobody here was told. */
  take(dataVersion: unknown): Changed {
    if (dataVersion !== this.#dataVersion) this.reset();
    this.#dataVersion = dataVersion;
    const targets = this.#targets;
    this.#targets = new Map();
    return targets === undefined ? 'anything' : [...targets.values()];
  }
}
