import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as migrateTables } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { connectionConfig, PATIENCE, SCHEMA } from './connection.ts';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));

/** Any number, always this one: who has the lock migrates, the others wait. */
const LOCK = 7_403_118;

/**
 * Makes the schema, or brings it up to this version: one process at a time, however many start. `url`: a direct
 * connection of a role that may create it.
 */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client(connectionConfig(url, PATIENCE.long));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await migrateTables(drizzle({ client }), {
      migrationsFolder: MIGRATIONS_FOLDER,
      migrationsSchema: SCHEMA,
      migrationsTable: 'migration',
    });
  } finally {
    // The lock is that of the connection.
    await client.end();
  }
}
