import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { isFull, openingFailure, RESTORE } from './failure.ts';
import { createPrivate, type NarrowedFile, narrowModes, PRIVATE_FOLDER } from './file-modes.ts';
import { checkIntegrity } from './integrity-check.ts';
import { MIGRATIONS_FOLDER, missingFromSchema } from './schema-check.ts';

export type Database = BetterSQLite3Database & { $client: Sqlite.Database };

/** How long a write waits for the lock of another process before it fails. */
export const BUSY_TIMEOUT_MS = 5000;

export interface OpenOptions {
  readonly path: string;
  readonly version: string;
  readonly busyTimeoutMs?: number;
  /** Called for each file of the database that others could read until now. */
  readonly onNarrowed?: ((file: NarrowedFile) => void) | undefined;
}

const CACHE_KIB = 64 * 1024;
/** 64 MiB of log at the most. */
const CHECKPOINT_PAGES = 16384;

/**
 * Opens the file, creates and migrates it if necessary, and makes sure that a commit is on disk. `version` is that of
 * this program and is stored as the last writer. If the database is damaged or from a newer version it throws, and
 * changes nothing.
 */
export function openDatabase(options: OpenOptions): Database {
  const { path, version, busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
  let client: Sqlite.Database | undefined;
  try {
    if (path !== ':memory:') prepareFile(options);
    client = new Sqlite(path, { timeout: busyTimeoutMs });
    refuseOtherForms(client, path, version);
    configure(client);
    const db = drizzle({ client });
    migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
    refuseIncomplete(client, path);
    noteWriter(client, version);
    return db;
  } catch (error) {
    client?.close();
    throw openingFailure(error, path);
  }
}

/**
 * Opens a database that is already open for writing, through a connection that can change nothing. It can read again
 * from the system's cache, so its own cache is small.
 */
export function openForReading({ path, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenOptions): Database {
  return drizzle({ client: new Sqlite(path, { readonly: true, timeout: busyTimeoutMs }) });
}

/** Throws if there is no file: an empty new database would hide the mistake. */
export function requireFile(path: string): void {
  if (!existsSync(path))
    throw new Error(`There is no database at ${path}: does DATABASE_URL name the right one?`);
}

function prepareFile({ path, onNarrowed = () => undefined }: OpenOptions): void {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const problem = checkIntegrity(path);
  if (problem !== undefined) {
    throw new Error(
      `${path} ${problem}; nothing was changed. Restore a backup, or move ${path}* away to start afresh.`,
    );
  }
  for (const file of narrowModes(path)) onNarrowed(file);
  createPrivate(path);
}

function configure(client: Sqlite.Database): void {
  // This takes effect only on an empty file, so it must come first. On any other it would be a write.
  if (client.pragma('page_count', { simple: true }) === 0) client.pragma('auto_vacuum = INCREMENTAL');
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  // A large fleet touches a page per target, so the cache is large, and a checkpoint follows many commits, not each.
  client.pragma(`cache_size = ${-CACHE_KIB}`);
  client.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  expectPragma(client, 'journal_mode', client.memory ? 'memory' : 'wal');
  expectPragma(client, 'synchronous', 2);
  expectPragma(client, 'foreign_keys', 1);
}

/** This also proves that the file can be written to, but even with a full disk it can be read. */
function noteWriter(client: Sqlite.Database, version: string): void {
  try {
    client.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('version', ?)`).run(version);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

function expectPragma(client: Sqlite.Database, name: string, expected: unknown): void {
  const actual = client.pragma(name, { simple: true });
  if (actual !== expected) throw new Error(`${client.name}: PRAGMA ${name} is ${actual}, not ${expected}`);
}

function refuseIncomplete(client: Sqlite.Database, path: string): void {
  const missing = missingFromSchema(client);
  if (missing.length > 0) throw new Error(`${path} is damaged (${missing.join(', ')}); ${RESTORE}`);
}

/** Throws if this version cannot read the database, with what to do. */
export function refuseOtherForms(client: Sqlite.Database, path: string, version: string): void {
  if (!hasTable(client, '__drizzle_migrations')) {
    if (!hasTable(client, 'target_status')) return;
    throw new Error(`${path} is damaged (the list of its migrations is missing); ${RESTORE}`);
  }
  refuseFirstForm(client, path);
  refuseNewer(client, path, version);
}

/** The schema before the event log had reports, but no table `target_status`. */
function refuseFirstForm(client: Sqlite.Database, path: string): void {
  if (!hasTable(client, 'report') || hasTable(client, 'target_status')) return;
  throw new Error(
    `${path} was written by an earlier form of gitops-status-server (${writerOf(client)}), which this one cannot ` +
      'read; nothing was changed. Export its reports with the program that wrote it ' +
      '(gitops-status-server export > reports.ndjson), name a new database, and import them with this one ' +
      '(gitops-status-server import reports.ndjson). What does not move: history older than the raw reports, the ids ' +
      'of incidents, and tokens, which have to be made again.',
  );
}

/** Throws if a newer version of the program has to bring the schema up to date first. */
export function refuseOlder(client: Sqlite.Database, path: string, version: string): void {
  if (!hasTable(client, '__drizzle_migrations'))
    throw new Error(`${path} is not a database of gitops-status-server.`);
  const [applied, current] = migrationCounts(client);
  if (applied === current) return;
  throw new Error(
    `${path} has the schema of an older version (${writerOf(client)}); nothing was changed. Start ${version} on it once ` +
      '(gitops-status-server serve), stop it, and try again.',
  );
}

function refuseNewer(client: Sqlite.Database, path: string, version: string): void {
  const [applied, supported] = migrationCounts(client);
  if (applied <= supported) return;
  const writer = writerOf(client);
  throw new Error(
    `${path} was written by gitops-status-server ${writer} (schema ${applied}); ` +
      `this is ${version} (schema ${supported}), which cannot read it. Start ${writer} or newer.`,
  );
}

/** How many a database has, and how many there are. */
function migrationCounts(client: Sqlite.Database): [applied: number, current: number] {
  const applied = Number(client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get());
  return [applied, readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER }).length];
}

function writerOf(client: Sqlite.Database): unknown {
  return client.prepare(`SELECT value FROM meta WHERE key = 'version'`).pluck().get();
}

export function hasTable(client: Sqlite.Database, name: string): boolean {
  const found = client.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(name);
  return found !== undefined;
}

/** Makes a function whose text changes with every commit of other connections and processes only. */
export function othersVersionOf(client: Sqlite.Database): () => string {
  const others = client.prepare<[], number>('PRAGMA data_version').pluck();
  return () => String(others.get());
}

/**
 * Makes a function whose text changes with every commit, of other connections and processes (`data_version`) or of this
 * one. It only reads a page that is in memory anyway.
 */
export function versionOf(client: Sqlite.Database): () => string {
  const others = client.prepare<[], number>('PRAGMA data_version').pluck();
  const own = client.prepare<[], number>('SELECT total_changes()').pluck();
  return () => `${others.get()} ${own.get()}`;
}
