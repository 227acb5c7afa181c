import pg from 'pg';
import { connectionConfig, PATIENCE } from './connection.ts';
import { guardRead } from './failure.ts';
import { type Session, sessionOn } from './session.ts';

const READERS = 6;

/** Runs questions, each in a transaction that sees one moment and can change nothing. */
export interface Reading {
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** The same on a connection of its own, which may take as long as it wants. */
  longSnapshot(): Promise<{ readonly session: Session; end(): Promise<void> }>;
  /** A statement of its own. */
  readonly session: Session;
  close(): Promise<void>;
}

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

export function createReading(url: string): Reading {
  const pool = new pg.Pool({ ...connectionConfig(url, PATIENCE.reader), max: READERS });
  // A connection that is lost while nobody uses it: the pool opens another one.
  pool.on('error', () => undefined);

  return {
    session: {
      all: (statement, params) => guardRead(() => sessionOn(pool).all(statement, params)),
    },
    snapshot: (work) => guardRead(() => inSnapshot(pool, work)),
    async longSnapshot() {
      const client = new pg.Client(connectionConfig(url, PATIENCE.long));
      client.on('error', () => undefined);
      await guardRead(async () => {
        await client.connect();
        await client.query(BEGIN);
      });
      return { session: sessionOn(client), end: () => client.end() };
    },
    close: () => pool.end(),
  };
}

async function inSnapshot<T>(pool: pg.Pool, work: (session: Session) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isBroken = true;
  try {
    await client.query(BEGIN);
    const result = await work(sessionOn(client));
    await client.query('COMMIT');
    isBroken = false;
    return result;
  } finally {
    // One that failed in the middle is closed: that ends its transaction, too.
    client.release(isBroken);
  }
}
