import { openStore } from './compose.ts';
import type { Config } from './config/config.ts';
import { backUpDatabase } from './store/sqlite/backup.ts';
import { requireFile } from './store/sqlite/open.ts';
import { restoreDatabase } from './store/sqlite/restore.ts';
import type { Store } from './store/store.ts';

// What is done to a database by hand. Like service.ts, this knows which adapters there are.

type Settings = Pick<Config, 'databasePath'>;

/** Copies the database into a new file while it is served; see `backUpDatabase` for what is promised. */
export async function backUp(config: Settings, { file, version }: { file: string; version: string }) {
  return backUpDatabase({ path: config.databasePath, file, version });
}

/** Puts a backup in the place of the database; see `restoreDatabase` for what is promised. */
export function restore(config: Settings, options: { file: string; version: string; now: number }) {
  return restoreDatabase({ path: config.databasePath, ...options });
}

/** The store, which must be there, without a server around it. */
export function openExisting(config: Settings, version: string): Store {
  requireFile(config.databasePath);
  return openStore(config, version);
}
