import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';

export const MIGRATIONS_FOLDER = fileURLToPath(import.meta.resolve('#migrations/sqlite'));

const OBJECTS = `SELECT type || ' ' || name AS name, sql FROM sqlite_schema
  WHERE sql IS NOT NULL AND name NOT LIKE '\\_\\_drizzle%' ESCAPE '\\' ORDER BY name`;

/**
 * The tables and indexes that are missing in a database of this version, or have another form. Additional ones do no
 * harm: Litestream has some.
 */
export function missingFromSchema(client: Sqlite.Database): string[] {
  const found = new Map(objectsOf(client));
  return expectedObjects().flatMap(([name, sql]) => {
    if (found.get(name) === sql) return [];
    return [`${name} is ${found.has(name) ? 'another one than this version makes' : 'missing'}`];
  });
}

type NamedSql = [name: string, sql: string];

let expected: readonly NamedSql[] | undefined;

/** The migrations of a program stay the same, so it makes their schema once. */
function expectedObjects(): readonly NamedSql[] {
  expected ??= objectsOfMigrations();
  return expected;
}

function objectsOfMigrations(): NamedSql[] {
  const client = new Sqlite(':memory:');
  try {
    migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_FOLDER });
    return objectsOf(client);
  } finally {
    client.close();
  }
}

function objectsOf(client: Sqlite.Database): NamedSql[] {
  const rows = client.prepare<[], { name: string; sql: string }>(OBJECTS).all();
  return rows.map(({ name, sql }) => [name, sql]);
}
