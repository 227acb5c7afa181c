import type pg from 'pg';
import { PATIENCE, type Patience } from './connection.ts';
import { Connections } from './connections.ts';
import { guardRead } from './failure.ts';
import type { Servers } from './servers.ts';
import { type Session, sessionOn } from './session.ts';

/** Runs questions, each in a read-only transaction with one snapshot. */
export interface Reading {
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** The same on a connection of its own, which may take as long as it wants. */
  longSnapshot(): Promise<LongSnapshot>;
  /** A statement of its own. */
  readonly session: Session;
  /** Cancels everything that runs. */
  giveUp(): void;
  close(): Promise<void>;
}

export interface LongSnapshot {
  readonly session: Session;
  end(): Promise<void>;
}

/**
 * The lock comes before the snapshot, which the first SELECT takes. So a partition that is in the snapshot is not dropped
 * before its end, and what was moved out of a dropped one is in it. A replica keeps only partitions that are locked
 * themselves: this locks them as well.
 */
const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE chunk IN ACCESS SHARE MODE';

/** `connections`: the most that are open at a time. */
export function createReading(
  servers: Servers,
  { connections: max, patience = PATIENCE.reader }: { connections: number; patience?: Patience },
): Reading {
  const connections = new Connections({ servers, patience, max });
  return {
    session: {
      all: (statement, params) =>
        guardRead(() => connections.lend((client) => sessionOn(client).all(statement, params))),
    },
    snapshot: (work) => guardRead(() => connections.lend((client) => inSnapshot(client, work))),
    longSnapshot: () =>
      guardRead(async () => {
        const client = await servers.connect(PATIENCE.long, { pipeline: true });
        try {
          await client.query(BEGIN);
        } catch (error) {
          client.end().catch(() => undefined);
          throw error;
        }
        return { session: sessionOn(client), end: () => client.end() };
      }),
    giveUp: () => connections.cut(),
    close: () => connections.close(),
  };
}

async function inSnapshot<T>(client: pg.Client, work: (session: Session) => Promise<T>): Promise<T> {
  await client.query(BEGIN);
  const result = await work(sessionOn(client));
  await client.query('COMMIT');
  return result;
}
