import type pg from 'pg';
import { first, one, type Session, sessionOn } from './session.ts';
import { command, statement } from './statement.ts';

/** How long the row of a connection that is gone stays. */
const KEPT = 86_400_000;

/** Epoch milliseconds by the clock of the database, in SQL. */
export const NOW = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

/** Numbers begin with the clock: after a failover another connection may get the same id, but not the same numbers. */
const REGISTER = command<object, Commit>(
  `INSERT INTO node (seq, seen_at) VALUES (${NOW}, ${NOW}) RETURNING id, seq`,
);
const FORGET = command<object>(`DELETE FROM node WHERE seen_at < ${NOW} - ${KEPT}`);
/** The row of a connection that was silent for long is removed. Its number continues with a value that it never had. */
const COUNT = command<{ id: number }, { seq: number }>(`
  INSERT INTO node AS n (id, seq, seen_at) OVERRIDING SYSTEM VALUE VALUES (:id, ${NOW}, ${NOW})
  ON CONFLICT (id) DO UPDATE SET seq = n.seq + 1, seen_at = excluded.seen_at RETURNING seq`);
const SEQ = statement<{ id: number }, { seq: number }>('SELECT seq FROM node WHERE id = :id FOR UPDATE');
const SEE = statement<{ id: number }>(`UPDATE node SET seen_at = ${NOW} WHERE id = :id`);
const ALL = statement<object, { id: number; seq: number }>('SELECT id, seq FROM node ORDER BY id');
/** Read on the primary: if another server took over and lacks some commits, the same numbers stand for others. */
const TIMELINE = `substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)`;
const LATEST = statement<object, { version: string }>(`
  SELECT ${TIMELINE} || coalesce(string_agg(' ' || id || ':' || seq, '' ORDER BY id), '') AS version FROM node`);
const HAS = statement<{ ids: readonly number[]; seqs: readonly number[] }, { has: boolean }>(`
  SELECT NOT EXISTS (
    SELECT 1 FROM unnest(:ids::bigint[], :seqs::bigint[]) AS w(id, seq) LEFT JOIN node n ON n.id = w.id
    WHERE n.seq IS NULL OR n.seq < w.seq) AS has`);
const CLOCK = statement<object, { now: number }>(`SELECT ${NOW} AS now`);

/** A commit that was sent: the row of its connection, and the number that it had before. */
export interface Commit {
  readonly id: number;
  readonly seq: number;
}

/** The row of a connection that writes: it changes with every commit, so that other processes notice. */
export class Node {
  readonly id: number;
  /** Of the last commit that is known to have taken place. */
  #seq: number;
  #counted: Promise<Pick<Commit, 'seq'>>;

  private constructor({ id, seq }: Commit) {
    this.id = id;
    this.#seq = seq;
    this.#counted = Promise.resolve({ seq });
  }

  static async register(client: pg.Client): Promise<Node> {
    const session = sessionOn(client);
    await session.all(FORGET, {});
    return new Node(await one(session, REGISTER, {}));
  }

  /** To be sent before a commit that changes anything. If it fails, the commit fails too. */
  count(session: Session): Commit {
    const { id } = this;
    this.#counted = one(session, COUNT, { id });
    // The commit fails, too.
    this.#counted.catch(() => undefined);
    return { id, seq: this.#seq };
  }

  /** To be called once that commit took place. */
  async committed(): Promise<void> {
    this.#seq = (await this.#counted).seq;
  }

  /** A write that changes no answer. */
  async see(session: Session): Promise<void> {
    await session.all(SEE, { id: this.id });
  }
}

/**
 * Whether a commit took place: nothing else gives the row the number after. It waits for a transaction that has not ended
 * yet, and locks the row.
 */
export async function tookPlace(session: Session, { id, seq }: Commit): Promise<boolean> {
  const row = await first(session, SEQ, { id });
  return row?.seq === seq + 1;
}

/** A text that changes with the commits of all connections but one. */
export async function commitsOfOthers(session: Session, own: number | undefined): Promise<string> {
  const rows = await session.all(ALL, {});
  return rows.flatMap(({ id, seq }) => (id === own ? [] : [`${id}:${seq}`])).join(' ');
}

/** A text that changes with the commits of all connections. */
export async function latestVersion(session: Session): Promise<string> {
  return (await one(session, LATEST, {})).version;
}

/** Whether a copy of the database has everything that was committed at a version. */
export async function hasCommits(session: Session, version: string): Promise<boolean> {
  const commits = [...version.matchAll(/(\d+):(\d+)/g)];
  const ids = commits.map(([, id]) => Number(id));
  const seqs = commits.map(([, , seq]) => Number(seq));
  return (await one(session, HAS, { ids, seqs })).has;
}

/** Epoch milliseconds by the clock of the database: sent after a lock, it is the time after that. */
export async function databaseClock(session: Session): Promise<number> {
  return (await one(session, CLOCK, {})).now;
}
