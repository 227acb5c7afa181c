import { guardWrite, withDatabaseName } from './failure.ts';
import { BUSY_TIMEOUT_MS, type Database, type OpenOptions } from './open.ts';
import { BLOCKING_WAIT_MS, retryWhileLocked } from './retry-while-locked.ts';

interface AfterWrite {
  /** Called after a commit. If it throws, the transaction counts as failed for its caller. */
  readonly committed: () => void;
  /** Called after a rollback: anything cached from the transaction is wrong. */
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
    client.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
  }

  /**
   * Runs `work` in a transaction, and resolves to its result once it is on disk. If another process holds the lock,
   * it retries before `work` starts, and this thread is not blocked meanwhile.
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
    try {
      // IMMEDIATE takes the write lock at the start, so that a transaction never loses it halfway.
      return withDatabaseName(client.name, () => guardWrite(() => client.transaction(work).immediate()));
    } catch (error) {
      this.#after.rolledBack();
      throw error;
    }
  }
}
