import type Sqlite from 'better-sqlite3';

const statements = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>();

/**
 * The statement of that text, prepared once for each connection. Only for texts of which there are few: they are kept
 * as long as the connection is. P and R say what the text takes and gives.
 */
export function prepared<P extends unknown[], R>(
  client: Sqlite.Database,
  text: string,
): Sqlite.Statement<P, R> {
  const cached = statements.get(client) ?? new Map<string, Sqlite.Statement>();
  statements.set(client, cached);
  const statement = cached.get(text) ?? client.prepare(text);
  cached.set(text, statement);
  // What `client.prepare<P, R>` says of a text as well, and checks as little.
  return statement as unknown as Sqlite.Statement<P, R>;
}
