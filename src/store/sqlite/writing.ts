import { guardWrite, namingDamage } from './failure.ts';
import { BUSY_TIMEOUT_MS, type Database, type OpenOptions } from './open.ts';
import { BLOCKING_WAIT_MS, retryWhileLocked } from './retry-while-locked.ts';

/** Runs writes, each in a transaction of its own. */
export class Writing {
  readonly #client: Database['$client'];
  readonly #busyTimeoutMs: number;
  readonly #rolledBack: () => void;

  /** `rolledBack` is called wherever a transaction was not committed: what was remembered of it is not true. */
  constructor(
    { $client: client }: Database,
    { busyTimeoutMs = BUSY_TIMEOUT_MS }: Pick<OpenOptions, 'busyTimeoutMs'>,
    rolledBack: () => void,
  ) {
    this.#client = client;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#rolledBack = rolledBack;
  }

  /**
   * What `work` gives, once it is on disk. Where another process holds the lock it is waited for, and everything else
   * in this thread goes on meanwhile; `work` is not begun before.
   */
  patiently<T>(work: () => T): Promise<T> {
    return retryWhileLocked(() => this.#now(work), this.#busyTimeoutMs);
  }

  #now<T>(work: () => T): T {
    const client = this.#client;
    client.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
    try {
      // IMMEDIATE takes the write lock at the start: there is no half-done transaction to lose it in.
      return namingDamage(client.name, () => guardWrite(() => client.transaction(work).immediate()));
    } catch (error) {
      this.#rolledBack();
      throw error;
    } finally {
      client.pragma(`busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }
}
