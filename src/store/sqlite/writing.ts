import { guardWrite, namingDamage } from './failure.ts';
import { BUSY_TIMEOUT_MS, type Database, type OpenOptions } from './open.ts';
import { BLOCKING_WAIT_MS, patiently } from './patience.ts';

/** Runs writes, each in a transaction of its own, and calls `undone` wherever one was not committed. */
export class Writing {
  readonly #db: Database;
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #undone: () => void;

  constructor(
    db: Database,
    { path, busyTimeoutMs = BUSY_TIMEOUT_MS }: Pick<OpenOptions, 'path' | 'busyTimeoutMs'>,
    undone: () => void,
  ) {
    this.#db = db;
    this.#path = path;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#undone = undone;
  }

  /** Where another process holds the lock, waits for it; everything else in this thread goes on meanwhile. */
  patiently<T>(work: () => T, committed: (result: T) => void = () => undefined): Promise<T> {
    return patiently(() => {
      const result = this.now(work);
      committed(result);
      return result;
    }, this.#busyTimeoutMs);
  }

  now<T>(work: () => T): T {
    const { $client: client } = this.#db;
    client.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
    try {
      // IMMEDIATE takes the write lock at the start: there is no half-done transaction to lose it in.
      return namingDamage(this.#path, () => guardWrite(() => client.transaction(work).immediate()));
    } catch (error) {
      this.#undone();
      throw error;
    } finally {
      client.pragma(`busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }
}
