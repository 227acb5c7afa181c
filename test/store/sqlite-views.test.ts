import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { NOON } from '../fixtures.ts';
import { folderInMemory } from '../folder-in-memory.ts';
import { propertyRuns } from '../full-length.ts';
import { expectViewsToAgree, lives, type Row } from './views-contract.ts';

/** Another program's client, whose clock a test sets. */
function clientAt(path: string, now: number): Sqlite.Database {
  const client = new Sqlite(path, { readonly: true });
  client.pragma('trusted_schema = 1');
  client.function('julianday', { varargs: true }, () => now / 86_400_000 + 2_440_587.5);
  return client;
}

describe('the views for clients of SQLite', () => {
  test('equal the API, for any reports, declarations and deletions, at any time', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        const folder = folderInMemory();
        const path = join(folder, 'status.db');
        let now = NOON;
        const store = openStore({ databasePath: path }, '0.0.0-test', () => now);
        try {
          const setNow = (to: number) => {
            now = to;
          };
          const rows = async (view: string, at: number) => {
            const client = clientAt(path, at);
            const found = client.prepare<[], Row>(`SELECT * FROM ${view}`).all();
            client.close();
            return found.map(parsed);
          };
          await expectViewsToAgree({ store, setNow, rows }, life);
        } finally {
          await store.close();
          rmSync(folder, { recursive: true });
        }
      }),
      propertyRuns(100),
    );
  });
});

/** Lists and objects are JSON in a view. */
function parsed(row: Row): Row {
  const { files, labels, files_cut: cut } = row;
  return {
    ...row,
    files: JSON.parse(String(files)),
    ...(labels !== undefined && { labels: JSON.parse(String(labels)) }),
    ...(cut !== undefined && { files_cut: cut === 1 }),
  };
}
