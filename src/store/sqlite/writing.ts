import { guardWrite, withDatabaseName } from './failure.ts';
import { BUSY_TIMEOUT_MS, type Database, type OpenOptions } from './open.ts';
import { BLOCKING_WAIT_MS, retryWhileLocked } from './retry-while-locked.ts';

interface AfterWrite {
  readonly committed: () => void;
  /** What was remembered of the transaction is not true. */
  readonly rolledBack: () => void;
}

/** Runs writes, each in a transaction of its own. */
export class Writing {
  readonly #client: Database['$client'];
  readonly #busyTimeoutMs: number;
  readonly #after: AfterWrite;

  constructor(
    { $client: client }: Database,
    { busyTimeoutMs = BUSY_TIMEOUT_MS }: Pick<OpenOptions, 'busyTimeoutMs'>,
    after: AfterWrite,
  ) {
    this.#client = client;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#after = after;
  }

  /**
   * What `work` gives, once it is on disk. Where another process holds the lock it is waited for, and everything else
   * in this thread goes on meanwhile; `work` is not begun before.
   */
  transaction<T>(work: () => T): Promise<T> {
    return retryWhileLocked(() => {
      const result = this.#now(work);
      this.#after.committed();
      return result;
    }, this.#busyTimeoutMs);
  }

  #now<T>(work: () => T): T {
    const client = this.#client;
    client.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
    try {
      // IMMEDIATE takes the write lock at the start: there is no half-done transaction to lose it in.
      return withDatabaseName(client.name, () => guardWrite(() => client.transaction(work).immediate()));
    } catch (error) {
      this.#after.rolledBack();
      throw error;
    } finally {
      client.pragma(`busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }
}
