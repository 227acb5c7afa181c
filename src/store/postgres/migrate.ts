import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as migrateTables } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { DomainError } from '../../domain/errors.ts';
import { PATIENCE, SCHEMA } from './connection.ts';
import { failureOf, guardRead, isRefused, Unusable } from './failure.ts';
import { refuseUnfinishedMove } from './move-mark.ts';
import { refuseSharedConnections } from './pooler-check.ts';
import { checkServer } from './server-check.ts';
import { Servers } from './servers.ts';
import { sessionOn } from './session.ts';

const MIGRATIONS_FOLDER = fileURLToPath(import.meta.resolve('#migrations/postgres'));

/** The key of the advisory lock: its holder migrates, and the others wait. */
export const LOCK = 7_403_118;
/** How long, in milliseconds. A server that waits for longer says that it is alive, and can be stopped. */
const LOCK_WAIT_MS = 5000;

/**
 * Checks the server, and makes the schema or brings it up to this version: one process at a time, however many start.
 * Where the schema is that of this version nothing is written, so a role that may not create anything will do. Throws if
 * there is a part of a database that is being moved here, unless it is `forMove`.
 */
export async function migrate(url: string, { forMove = false } = {}): Promise<void> {
  await guardRead(async () => {
    const servers = Servers.primary(url);
    const client = await servers.connect(PATIENCE.long).catch((error: unknown) => {
      // At the start it is a mistake in the settings, which waiting does not mend.
      throw isRefused(error) ? new Unusable(error.message) : error;
    });
    try {
      await refuseSharedConnections(client, () => servers.connect(PATIENCE.long));
      await checkServer(sessionOn(client));
      await migrateOn(client);
      if (!forMove) await refuseUnfinishedMove(sessionOn(client));
    } finally {
      // The lock is that of the connection.
      await client.end().catch(() => undefined);
    }
  });
}

async function migrateOn(client: pg.Client): Promise<void> {
  await takeLock(client);
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER }).length;
  const made = await migrationsMade(client);
  if (made === known) return;
  if (made > known) return requireCompatible(client, known);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await migrateTables(drizzle({ client }), {
    migrationsFolder: MIGRATIONS_FOLDER,
    migrationsSchema: SCHEMA,
    migrationsTable: 'migration',
  });
}

async function takeLock(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  } catch (error) {
    if (failureOf(error) !== 'conflict') throw error;
    const detail = 'Another process is bringing the schema of the database up to date. Try again shortly.';
    throw new DomainError('unavailable', detail, { cause: error });
  }
  await client.query('RESET lock_timeout');
}

/** 0 if there is no schema. */
async function migrationsMade(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ table: string | null }>(
    `SELECT to_regclass('${SCHEMA}.migration') AS table`,
  );
  if (rows[0]?.table == null) return 0;
  return (await client.query(`SELECT 1 FROM ${SCHEMA}.migration`)).rowCount ?? 0;
}

/**
 * A newer version has made the schema. During an update its nodes run beside those of this version, which may be started
 * again: `compatible_from` says how many migrations a version must know for that.
 */
async function requireCompatible(client: pg.Client, known: number): Promise<void> {
  const { rows } = await client.query<{ value: string }>(
    `SELECT value FROM ${SCHEMA}.meta WHERE key = 'compatible_from'`,
  );
  if (Number(rows[0]?.value ?? Number.POSITIVE_INFINITY) <= known) return;
  throw new Error(
    `The schema ${SCHEMA} was made by a newer version of gitops-status-server: start that version, or restore a backup ` +
      'from before. Nothing was changed.',
  );
}
