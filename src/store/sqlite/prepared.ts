import type Sqlite from 'better-sqlite3';

const statements = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>();

/**
 * The prepared statement of a text, prepared once per connection. Use it for a small number of texts: statements are
 * cached as long as the connection is open. P and R are the types of its parameters and rows.
 */
export function prepared<P extends unknown[], R>(
  client: Sqlite.Database,
  text: string,
): Sqlite.Statement<P, R> {
  const cached = statements.get(client) ?? new Map<string, Sqlite.Statement>();
  statements.set(client, cached);
  const statement = cached.get(text) ?? client.prepare(text);
  cached.set(text, statement);
  // `client.prepare<P, R>` makes the same claim and does not check it either.
  return statement as unknown as Sqlite.Statement<P, R>;
}
