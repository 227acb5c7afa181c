import type pg from 'pg';
import { type Statement, valuesOf } from './statement.ts';

/** Runs statements, each in the order in which they are sent. */
export interface Session {
  /** All rows of the answer. */
  all<P extends object, R>(statement: Statement<P, R>, params: P): Promise<R[]>;
}

/** The first row. */
export async function first<P extends object, R>(
  session: Session,
  statement: Statement<P, R>,
  params: P,
): Promise<R | undefined> {
  const [row] = await session.all(statement, params);
  return row;
}

/** The only row of a statement that always has one. */
export async function one<P extends object, R>(
  session: Session,
  statement: Statement<P, R>,
  params: P,
): Promise<R> {
  const row = await first(session, statement, params);
  if (row === undefined) throw new Error(`A row was expected of: ${statement.text}`);
  return row;
}

/** A session on a connection, without a transaction of its own. */
export function sessionOn(client: Pick<pg.ClientBase, 'query'>): Session {
  return {
    all: async (statement, params) => rowsOf(statement, await run(client, statement, params)),
  };
}

/** Sends a statement at once. */
export function run<P extends object>(
  client: Pick<pg.ClientBase, 'query'>,
  statement: Statement<P, unknown>,
  params: P,
): Promise<pg.QueryResult> {
  const { name, text } = statement;
  return client.query({ name, text, values: valuesOf(statement, params) });
}

/** The statement declares the type of its rows. */
export function rowsOf<P extends object, R>(_: Statement<P, R>, { rows }: pg.QueryResult): R[] {
  return rows as R[];
}
