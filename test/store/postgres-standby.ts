import { afterAll, beforeAll, expect } from 'vitest';
import { startCluster } from '../postgres-cluster.ts';
import { MACHINE_IS_BUSY_MS, runOn, urlOn } from './postgres-database.ts';

type RunningCluster = NonNullable<ReturnType<typeof startCluster>>;

/** A primary and a standby that follows it, for the tests of a file. */
export class Pair {
  #primary: RunningCluster | undefined;
  #standby: RunningCluster | undefined;

  get primary(): RunningCluster {
    if (this.#primary === undefined) throw new Error('There is no primary.');
    return this.#primary;
  }

  get standby(): RunningCluster {
    if (this.#standby === undefined) throw new Error('There is no standby.');
    return this.#standby;
  }

  /** The address of a database of the first of these that is the primary, or answers. */
  urlOf(...clusters: readonly RunningCluster[]): string {
    return urlOn(clusters.map(({ socket }) => socket).join(','), 'postgres');
  }

  static start(): Pair {
    const pair = new Pair();
    beforeAll(() => {
      pair.#primary = startCluster();
      pair.#standby = pair.primary.addStandby();
    });
    afterAll(() => {
      pair.#standby?.stop();
      pair.#primary?.stop();
    });
    return pair;
  }

  /** Resolves once the standby has everything that the primary has, or, if that is asked for, something else is true of it. */
  async caughtUp(orElse = 'false'): Promise<void> {
    const [{ at = '' } = {}] = await runOn(
      this.urlOf(this.primary),
      'SELECT pg_current_wal_flush_lsn() AS at',
    );
    const has = `SELECT pg_last_wal_replay_lsn() >= '${at}' OR ${orElse} AS has`;
    await expect
      .poll(() => runOn(this.urlOf(this.standby), has), { timeout: MACHINE_IS_BUSY_MS })
      .toEqual([{ has: true }]);
  }

  /** The primary is gone for good. */
  stopPrimary(): void {
    this.primary.stop();
    this.#primary = undefined;
  }
}
