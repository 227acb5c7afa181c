import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { findDamage } from '../../src/store/sqlite/damage.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport, NOON, recordAll } from '../fixtures.ts';
import { folderInMemory } from '../folder-in-memory.ts';
import { describeStore } from './contract.ts';

const VERSION = '1.2.3';

/** A new database: copies of it need not be migrated. */
const template = folderInMemory();
await openStore({ databasePath: join(template, 'status.db') }, VERSION).close();
afterAll(() => rmSync(template, { recursive: true }));

describeStore('SQLite', async () => {
  const folder = folderInMemory();
  cpSync(template, folder, { recursive: true });
  let now = NOON;
  // In the form that is served.
  const open = () => openStore({ databasePath: join(folder, 'status.db') }, VERSION, () => now);
  let current = open();
  return {
    store: current,
    setNow(next) {
      now = next;
    },
    async restart() {
      await current.close();
      current = open();
      return current;
    },
    async dispose() {
      await current.close();
      // Nothing that a test has done may count as damage.
      expect(findDamage(join(folder, 'status.db'))).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the SQLite file', () => {
  let folder: string;
  let path: string;
  const at = () => ({ path, clock: () => NOON });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-file-'));
    path = join(folder, 'not', 'there', 'yet', 'status.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is created if it is missing, with its folder', async () => {
    const store = openSqliteStore({ ...at(), version: VERSION });
    await store.close();
    expect(existsSync(path)).toBe(true);
  });

  test('of a newer version is refused with both versions named, and not changed', async () => {
    await openSqliteStore({ ...at(), version: '9.0.0' }).close();
    pretendNewer(path);
    const before = readFileSync(path);
    expect(() => openSqliteStore({ ...at(), version: VERSION })).toThrow(
      /status\.db was written by gitops-status-server 9\.0\.0 \(schema 100\).*this is 1\.2\.3 \(schema \d+\)/,
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('of the form before the event log is refused with what to do, and not changed', () => {
    mkdirSync(dirname(path), { recursive: true });
    pretendFirstForm(path);
    const before = readFileSync(path);
    expect(() => openSqliteStore({ ...at(), version: VERSION })).toThrow(
      /status\.db was written by .*\(0\.1\.0\).*Export its reports.*import.*does not move.*incidents.*tokens/,
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('that is no database is refused by name, and not changed', () => {
    path = join(folder, 'notes.txt');
    writeFileSync(path, 'Dear diary, today nothing drifted. '.repeat(100));
    expect(() => openSqliteStore({ ...at(), version: VERSION })).toThrow(/notes\.txt.*not a database/);
    expect(readFileSync(path, 'utf8')).toMatch(/^Dear diary/);
  });

  test('has committed rows on disk, and can give space back', async () => {
    const store = openSqliteStore({ ...at(), version: VERSION });
    await recordAll(store, [aReport()]);
    const file = new Sqlite(path, { readonly: true });
    expect(file.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(file.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(file.pragma('foreign_key_check')).toEqual([]);
    file.close();
    await store.close();
  });

  test('has another version once another process has committed, and its events can be read at once', async () => {
    const store = openSqliteStore({ ...at(), version: VERSION });
    const other = openSqliteStore({ ...at(), version: VERSION });
    await recordAll(store, [aReport()]);
    const before = store.version();
    await recordAll(other, [aReport({ server: 'other' })]);
    expect(store.version()).not.toBe(before);
    const { events } = await store.eventsAfter(0, { limit: 10 });
    expect(events.map(({ server }) => server)).toEqual(['rsyslog-lab', 'other']);
    for (const open of [store, other]) await open.close();
  });

  test('that another process keeps locked makes recording unavailable, not failed', async () => {
    const store = openSqliteStore({ ...at(), version: VERSION, busyTimeoutMs: 10 });
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(recordAll(store, [aReport()])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.probe()).rejects.toMatchObject({ code: 'unavailable' });
    other.exec('ROLLBACK');
    other.close();
    await expect(recordAll(store, [aReport()])).resolves.toHaveLength(1);
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

/** What the last version of that form left: three migrations, and what identifies it. */
function pretendFirstForm(path: string): void {
  const file = new Sqlite(path);
  file.exec(`
    CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric);
    INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('a', 1), ('b', 2), ('c', 3);
    CREATE TABLE meta (key text PRIMARY KEY NOT NULL, value text NOT NULL);
    INSERT INTO meta VALUES ('version', '0.1.0');
    CREATE TABLE report (target_id integer NOT NULL, checked_at integer NOT NULL)`);
  file.close();
}
