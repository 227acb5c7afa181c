import { type Config, ConfigError } from './config/config.ts';
import { move, type OnStep } from './store/moving.ts';
import { backUpDatabase, openCopy } from './store/sqlite/backup.ts';
import { openMoveSource } from './store/sqlite/move-source.ts';
import { requireFile } from './store/sqlite/open.ts';
import { restoreDatabase } from './store/sqlite/restore.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';

// The database without a server, for commands. PostgreSQL's adapter is loaded if the settings name one.

/** Where the database is. */
type DatabaseSettings = Pick<Config, 'databasePath' | 'postgresUrl' | 'postgresReadUrl'>;
type FileSettings = { readonly databasePath?: string | undefined };

/** The path of the file. Throws a `ConfigError` if the settings name a PostgreSQL. */
export function fileOf({ databasePath }: FileSettings): string {
  if (databasePath !== undefined) return databasePath;
  throw new ConfigError([
    'DATABASE_URL names a PostgreSQL, but this command is only for a SQLite file: use pg_dump and pg_restore.',
  ]);
}

/** The store in a file, which is made if it does not exist. */
export function openStore(settings: FileSettings, version: string, clock = Date.now): Store {
  return openSqliteStore({ path: fileOf(settings), version, clock });
}

/** The store in the database of the settings. */
export async function openDatabase(settings: DatabaseSettings, version: string): Promise<Store> {
  const { postgresUrl: url, postgresReadUrl: readUrl } = settings;
  if (url === undefined) return openStore(settings, version);
  const { openPostgresStore } = await import('./store/postgres/postgres-store.ts');
  return openPostgresStore({ url, readUrl });
}

/** As `openDatabase`; throws if the file does not exist. */
export async function openExisting(settings: DatabaseSettings, version: string): Promise<Store> {
  if (settings.postgresUrl === undefined) requireFile(fileOf(settings));
  return openDatabase(settings, version);
}

/** Throws what opening the database would throw. */
export async function tryDatabase(settings: DatabaseSettings, version: string): Promise<void> {
  await (await openDatabase(settings, version)).close();
}

/** Copies the database into a new file, also while a server uses it; `backUpDatabase` has the details. */
export async function backUp(settings: FileSettings, { file, version }: { file: string; version: string }) {
  return backUpDatabase({ path: fileOf(settings), file, version });
}

/** The bytes of a checked copy without a name, for output that is not a file. */
export async function openBackup(settings: FileSettings, { version }: { version: string }) {
  return openCopy({ path: fileOf(settings), version });
}

/** Replaces the database with a backup; `restoreDatabase` has the details. */
export function restore(settings: FileSettings, options: { file: string; version: string; now: number }) {
  return restoreDatabase({ path: fileOf(settings), ...options });
}

/** Copies the database into an empty PostgreSQL; `move` has the details. */
export async function migrateTo(
  settings: FileSettings,
  { url, version, onStep }: { url: string; version: string; onStep: OnStep },
) {
  const { openMoveDestination } = await import('./store/postgres/move-destination.ts');
  const from = () => openMoveSource({ path: fileOf(settings), version });
  return move({ from, to: () => openMoveDestination(url), onStep });
}
