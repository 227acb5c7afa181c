import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore } from '../../src/database.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY, NOON } from '../fixtures.ts';

export const VERSION = '1.2.3';

/** After everything that the fixtures report. */
export const LATER = NOON + 25 * DAY;

/** A folder for the test, and the place of the database in it. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, databasePath: join(folder, 'status.db'), at: (name: string) => join(folder, name) };
}

/** Works with the store on a file, and closes it. */
export async function withStoreAt<T>(databasePath: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore({ databasePath }, VERSION, () => LATER);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
