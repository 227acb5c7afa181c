import type pg from 'pg';
import type { Value } from './array-text.ts';
import { AmbiguousCommit } from './failure.ts';
import { rowsOf, run, type Session } from './session.ts';
import type { Statement } from './statement.ts';

/** `synchronous_standby_names` could not be waited for: the commit is on this machine alone. */
const WAIT_CANCELLED = '01000';

/**
 * A transaction on a connection that pipelines: statements are sent at once, without waiting for the answers to those
 * before, and run in order. After one that fails the others fail, too.
 */
export class Transaction implements Session {
  readonly #client: pg.Client;
  readonly #sent: Promise<unknown>[] = [];
  readonly #begun: Promise<unknown>;
  #hasBegun = false;
  #hasChanges = false;
  #failure: unknown;

  constructor(client: pg.Client) {
    this.#client = client;
    sendTogether(client);
    this.#begun = this.#track(client.query('BEGIN'));
    this.#begun.then(
      () => {
        this.#hasBegun = true;
      },
      () => undefined,
    );
  }

  /** Whether it may change answers. */
  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  /** What the first statement that failed threw: those after it only say that the transaction has failed. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Rejects as well if the transaction could not begin: each statement is one of its own then, and holds no lock, so nothing
   * may be written that depends on its answer.
   */
  all<P extends object, R>(statement: Statement<P, R>, params: P): Promise<R[]> {
    const answers = Promise.all([this.#run(statement, params), this.#begun]);
    const rows = answers.then(([answer]) => rowsOf(statement, answer));
    // `commit` hears of it, too.
    rows.catch(() => undefined);
    return rows;
  }

  /**
   * Sends a write whose answer nobody needs, so that COMMIT follows it at once: if it fails, so does the commit. Only
   * PostgreSQL can refuse it: no value is of a kind that might fail to be sent, with COMMIT already behind it. Throws before the
   * first answer of `all`: without it nobody knows whether the transaction has begun.
   */
  send<P extends { readonly [K in keyof P]: Value | readonly Value[] }>(
    statement: Statement<P, unknown>,
    params: P,
  ): void {
    if (!this.#hasBegun) throw new Error('A write that nobody waits for must follow an answer.');
    void this.#run(statement, params);
  }

  #run<P extends object>(statement: Statement<P, unknown>, params: P) {
    this.#hasChanges ||= statement.changes;
    sendTogether(this.#client);
    return this.#track(run(this.#client, statement, params));
  }

  /** Throws what the first statement that failed threw. */
  async commit(): Promise<void> {
    let isAmbiguous = false;
    const onNotice = ({ code }: { code: string | undefined }) => {
      isAmbiguous ||= code === WAIT_CANCELLED;
    };
    this.#client.on('notice', onNotice);
    sendTogether(this.#client);
    try {
      const commit = this.#track(this.#client.query('COMMIT'));
      for (const sent of this.#sent) await sent;
      // After a failed statement COMMIT succeeds all the same, and rolls back.
      const { command } = await commit;
      if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}.`);
      if (isAmbiguous) throw new AmbiguousCommit('The standby did not confirm the connection.');
    } finally {
      this.#client.off('notice', onNotice);
    }
  }

  async rollback(): Promise<void> {
    await this.#client.query('ROLLBACK');
  }

  /** Everything is awaited in `commit`, so that no failure goes unheard, and none is unhandled before. */
  #track<T>(sent: Promise<T>): Promise<T> {
    sent.catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#sent.push(sent);
    return sent;
  }
}

/**
 * Collects what this turn of the event loop sends into one packet: for one packet for each statement the database would
 * wake up, and answer, each time.
 */
function sendTogether({ connection: { stream } }: pg.Client): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
