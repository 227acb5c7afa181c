import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport } from '../fixtures.ts';
import { describeStore } from './contract.ts';

const VERSION = '1.2.3';

describeStore('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-store-'));
  const open = () => openSqliteStore({ path: join(folder, 'status.db'), version: VERSION });
  let current = open();
  return {
    store: current,
    async restart() {
      await current.close();
      current = open();
      return current;
    },
    async dispose() {
      await current.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the SQLite file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-file-'));
    path = join(folder, 'not', 'there', 'yet', 'status.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is created where it is missing, with its folder', async () => {
    const store = openSqliteStore({ path, version: VERSION });
    await store.close();
    expect(existsSync(path)).toBe(true);
  });

  test('of a newer version is refused with both versions named, and not touched', async () => {
    await openSqliteStore({ path, version: '9.0.0' }).close();
    pretendNewer(path);
    const before = readFileSync(path);
    expect(() => openSqliteStore({ path, version: VERSION })).toThrow(
      /status\.db was written by gitops-status-server 9\.0\.0 \(schema 100\).*this is 1\.2\.3 \(schema \d+\)/,
    );
    expect(readFileSync(path)).toEqual(before);
  });

  test('that is no database is refused by name, and not touched', () => {
    path = join(folder, 'notes.txt');
    writeFileSync(path, 'Dear diary, today nothing drifted. '.repeat(100));
    expect(() => openSqliteStore({ path, version: VERSION })).toThrow(/notes\.txt.*not a database/);
    expect(readFileSync(path, 'utf8')).toMatch(/^Dear diary/);
  });

  test('commits mean "on disk", and its space can be given back', async () => {
    const store = openSqliteStore({ path, version: VERSION });
    await store.record([aReport()]);
    const file = new Sqlite(path, { readonly: true });
    expect(file.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(file.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(file.pragma('foreign_key_check')).toEqual([]);
    file.close();
    await store.close();
  });

  test('that another process keeps locked makes recording unavailable, not broken', async () => {
    const store = openSqliteStore({ path, version: VERSION, busyTimeoutMs: 10 });
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.record([aReport()])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.probe()).rejects.toMatchObject({ code: 'unavailable' });
    other.exec('ROLLBACK');
    other.close();
    await expect(store.record([aReport()])).resolves.toHaveLength(1);
    await store.close();
  });
});

/** Adds the traces of migrations that this version does not have. */
function pretendNewer(path: string): void {
  const file = new Sqlite(path);
  const count = Number(file.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get());
  const add = file.prepare(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 9e15)`);
  for (let i = count; i < 100; i++) add.run();
  file.close();
}
