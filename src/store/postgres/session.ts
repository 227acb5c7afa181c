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
    async all<P extends object, R>(statement: Statement<P, R>, params: P) {
      const { name, text } = statement;
      const { rows } = await client.query({ name, text, values: valuesOf(statement, params) });
      // The statement declares the type of its rows.
      return rows as R[];
    },
  };
}
