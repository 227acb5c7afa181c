import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { writerPatience } from './connection.ts';
import { failureOf, unavailable } from './failure.ts';
import { type Commit, Node, tookPlace } from './node-row.ts';
import type { Servers } from './servers.ts';
import { Transaction } from './transaction.ts';

/** How long a write is tried. */
const TRY_MS = 5000;
const MAX_PAUSE_MS = 500;

interface WriterOptions {
  readonly servers: Servers;
  /**
   * Called after a transaction that failed: ids that were remembered from it may belong to nothing, and after a failover
   * to something else.
   */
  readonly onFailure: () => void;
  /** Called after each commit that changed anything. */
  readonly onCommit: () => void;
  readonly tryMs?: number | undefined;
}

interface Attempt<T> {
  readonly until: number;
  tries: number;
  /** The last commit that was sent, whose answer may have been lost. */
  sent: { readonly commit: Commit; readonly result: T } | undefined;
}

/** The one connection of this process that writes. Transactions follow each other; each is tried until its time is over. */
export class Writer {
  readonly #options: WriterOptions;
  #connection: { readonly client: pg.Client; readonly node: Node } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** The id of this process in `node`; undefined while there is no connection. */
  get nodeId(): number | undefined {
    return this.#connection?.node.id;
  }

  /**
   * Runs `work` in a transaction, and resolves to its result once it is on disk. `work` may run several times: after a
   * conflict, or on a new connection; not if its commit took place and only the answer was lost. Throws `unavailable` if
   * there was no success in time.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#try(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves once a real write has reached the disk. */
  async probe(): Promise<void> {
    await this.transaction(async (transaction) => this.#connection?.node.see(transaction));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#connection?.client.end();
  }

  async #try<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const until = performance.now() + (this.#options.tryMs ?? TRY_MS);
    const attempt: Attempt<T> = { until, tries: 0, sent: undefined };
    for (;;) {
      try {
        return await this.#once(work, attempt);
      } catch (error) {
        await this.#recover(error, attempt);
        attempt.tries += 1;
      }
    }
  }

  async #once<T>(work: (transaction: Transaction) => Promise<T>, attempt: Attempt<T>): Promise<T> {
    const { client, node } = await this.#connected();
    const transaction = new Transaction(client);
    try {
      const { sent } = attempt;
      if (sent !== undefined && (await tookPlace(transaction, sent.commit))) {
        // The look has locked a row, so this commit waits for the standby behind the other one.
        await transaction.commit();
        this.#options.onCommit();
        return sent.result;
      }
      const result = await work(transaction);
      const { hasChanges } = transaction;
      if (hasChanges) attempt.sent = { commit: node.count(transaction), result };
      await transaction.commit();
      if (hasChanges) {
        await node.committed();
        this.#options.onCommit();
      }
      return result;
    } catch (error) {
      // All were sent at once, and the caller of one of them may have heard of its failure first.
      const cause = transaction.failure ?? error;
      if (failureOf(cause) !== 'lost') await transaction.rollback();
      throw cause;
    }
  }

  /** Throws if there is no connection. */
  async #recover(error: unknown, { until, tries }: Omit<Attempt<unknown>, 'sent'>): Promise<void> {
    const failure = failureOf(error);
    this.#options.onFailure();
    if (failure === 'lost') this.#drop();
    if (failure === 'bug') throw error;
    const pause = Math.min(MAX_PAUSE_MS, Math.random() * 2 * 2 ** tries);
    if (this.#isClosed || performance.now() + pause >= until) throw unavailable(error);
    await setTimeout(pause);
  }

  #drop(): void {
    const dropped = this.#connection;
    this.#connection = undefined;
    // It may be half dead, so its end is not waited for.
    dropped?.client.end().catch(() => undefined);
  }

  async #connected() {
    if (this.#connection !== undefined) return this.#connection;
    const { servers, tryMs = TRY_MS } = this.#options;
    const client = await servers.connect(writerPatience(tryMs), { pipeline: true });
    try {
      this.#connection = { client, node: await Node.register(client) };
      return this.#connection;
    } catch (error) {
      // Each try opens a connection, so they must be closed: they would use up those of the server.
      client.end().catch(() => undefined);
      throw error;
    }
  }
}
