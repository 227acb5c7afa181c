import type pg from 'pg';
import { one, type Session, sessionOn } from './session.ts';
import { command, statement } from './statement.ts';

/** How long the row of a connection that is gone stays. */
const KEPT = 86_400_000;

/** Epoch milliseconds by the clock of the database, in SQL. */
export const NOW = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

const REGISTER = command<object, { id: number }>(`INSERT INTO node (seen_at) VALUES (${NOW}) RETURNING id`);
const FORGET = command<object>(`DELETE FROM node WHERE seen_at < ${NOW} - ${KEPT}`);
/** The row of a connection that was silent for long is gone: its number goes on at one that it never had. */
const COUNT = command<{ id: number }>(`
  INSERT INTO node AS n (id, seq, seen_at) OVERRIDING SYSTEM VALUE VALUES (:id, ${NOW}, ${NOW})
  ON CONFLICT (id) DO UPDATE SET seq = n.seq + 1, seen_at = excluded.seen_at`);
const SEE = statement<{ id: number }>(`UPDATE node SET seen_at = ${NOW} WHERE id = :id`);
const ALL = statement<object, { id: number; seq: number }>('SELECT id, seq FROM node ORDER BY id');
const CLOCK = statement<object, { now: number }>(`SELECT ${NOW} AS now`);

/** The row of a connection that writes: it changes with every commit, so that other processes notice. */
export class Node {
  readonly id: number;

  private constructor(id: number) {
    this.id = id;
  }

  static async register(client: pg.Client): Promise<Node> {
    const session = sessionOn(client);
    await session.all(FORGET, {});
    return new Node((await one(session, REGISTER, {})).id);
  }

  /** To be sent before a commit that changes anything. */
  count(session: Session): void {
    // Its failure is that of the commit.
    session.all(COUNT, { id: this.id }).catch(() => undefined);
  }

  /** A write that changes no answer. */
  async see(session: Session): Promise<void> {
    await session.all(SEE, { id: this.id });
  }
}

/** A text that changes with the commits of all connections but one. */
export async function commitsOfOthers(session: Session, own: number | undefined): Promise<string> {
  const rows = await session.all(ALL, {});
  return rows.flatMap(({ id, seq }) => (id === own ? [] : [`${id}:${seq}`])).join(' ');
}

/** Epoch milliseconds by the clock of the database: sent after a lock, it is the time after that. */
export async function databaseClock(session: Session): Promise<number> {
  return (await one(session, CLOCK, {})).now;
}
