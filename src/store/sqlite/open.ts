import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';

export type Database = BetterSQLite3Database & { $client: Sqlite.Database };

/** How long a write waits for another process that holds the lock, before it is refused. */
const BUSY_TIMEOUT_MS = 5000;

export interface OpenOptions {
  readonly path: string;
  readonly version: string;
  readonly busyTimeoutMs?: number;
}

const CACHE_KIB = 64 * 1024;
/** 32 MiB of log at the most. */
const CHECKPOINT_PAGES = 8192;

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url));

/**
 * Opens the file, creates and migrates it where needed, and makes sure that a commit means "on disk".
 * `version` is this program's: the database remembers who wrote to it last.
 * Throws where the database was made by a newer version: nothing is changed then.
 */
export function openDatabase({ path, version, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenOptions): Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const client = new Sqlite(path, { timeout: busyTimeoutMs });
  try {
    refuseNewer(client, path, version);
    configure(client);
    const db = drizzle({ client });
    migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
    client.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('version', ?)`).run(version);
    return db;
  } catch (error) {
    client.close();
    throw isNoDatabase(error)
      ? new Error(`${path} is not a database; nothing was changed.`, { cause: error })
      : error;
  }
}

function isNoDatabase(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code === 'SQLITE_NOTADB';
}

function configure(client: Sqlite.Database): void {
  client.pragma('auto_vacuum = INCREMENTAL'); // Only takes on an empty file, so it must come first.
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  // A large fleet touches a page per target: room for them, and a checkpoint after many commits, not after each.
  client.pragma(`cache_size = ${-CACHE_KIB}`);
  client.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  expectPragma(client, 'journal_mode', client.memory ? 'memory' : 'wal');
  expectPragma(client, 'synchronous', 2);
  expectPragma(client, 'foreign_keys', 1);
}

function expectPragma(client: Sqlite.Database, name: string, expected: unknown): void {
  const actual = client.pragma(name, { simple: true });
  if (actual !== expected) throw new Error(`${client.name}: PRAGMA ${name} is ${actual}, not ${expected}`);
}

function refuseNewer(client: Sqlite.Database, path: string, version: string): void {
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER }).length;
  const applied = hasTable(client, '__drizzle_migrations')
    ? Number(client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get())
    : 0;
  if (applied <= known) return;
  const writer = client.prepare(`SELECT value FROM meta WHERE key = 'version'`).pluck().get();
  throw new Error(
    `${path} was written by gitops-status-server ${writer} (schema ${applied}); ` +
      `this is ${version} (schema ${known}), which cannot read it. Start ${writer} or newer.`,
  );
}

function hasTable(client: Sqlite.Database, name: string): boolean {
  const found = client.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(name);
  return found !== undefined;
}
