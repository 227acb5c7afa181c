import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { aReport, MINUTE, recordAll } from '../../fixtures.ts';
import { atFullLength } from '../../full-length.ts';
import { ServerProcess } from '../server-process.ts';
import { postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectIntact } from './kept.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MIGRATIONS = 'migrations/sqlite';
const ROUNDS = atFullLength(4, { otherwise: 2 });
/** SQLite needs hours to count to this. */
const FOR_EVER = 1e12;

test('killed in the middle of a migration, it is unchanged, and the next start completes the migration', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const { main, countTo } = programWithOneMoreMigration(join(folder, 'program'));
    const checkedAt = Date.now() - MINUTE;
    await makeDatabase(path, checkedAt);
    const old = schemaOf(path);
    countTo(FOR_EVER);
    for (let round = 0; round < ROUNDS; round++) {
      const starting = ServerProcess.spawn(path, { main });
      await until('it does not migrate', () => isBeingWritten(path), { everyMs: 1 });
      // At any point of it.
      await sleep(Math.random() * 100);
      starting.kill();
      await starting.ended;
      expect(schemaOf(path)).toEqual(old);
    }

    countTo(1000);
    const server = await ServerProcess.start(path, { main });
    try {
      expect(schemaOf(path).applied).toBe(applicable(main));
      expect(schemaOf(path).tables).toContain('counted');
      const row = { repo: 'rsyslog', server: 'rsyslog-lab', last_check: new Date(checkedAt).toISOString() };
      expect(await server.json('/api/v1/reports')).toMatchObject({ rows: [row] });
      expect(await server.json('/status.json')).toMatchObject([{ ...row, state: 'SYNCED' }]);
      expect(await (await postReport(server)).json()).toMatchObject({ change: 'unchanged' });
      expectIntact(path);
    } finally {
      await server.stop('SIGKILL');
    }
  }));

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[];
}

function readJournal(migrations: string): Journal {
  return JSON.parse(readFileSync(join(migrations, 'meta/_journal.json'), 'utf8'));
}

function writeJournal(migrations: string, journal: Journal): void {
  writeFileSync(join(migrations, 'meta/_journal.json'), JSON.stringify(journal));
}

/** A copy of this program with one more migration, which counts: the target number, and so its duration, can be set. */
function programWithOneMoreMigration(folder: string) {
  for (const part of ['dist', MIGRATIONS, 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const migrations = join(folder, MIGRATIONS);
  const journal = readJournal(migrations);
  const last = journal.entries.at(-1) ?? { idx: 0, when: 0, tag: '' };
  const counting = { ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_counting' };
  writeJournal(migrations, { ...journal, entries: [...journal.entries, counting] });
  const countTo = (end: number) => {
    const numbers = `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${end})`;
    writeFileSync(
      join(migrations, `${counting.tag}.sql`),
      `CREATE TABLE counted (n integer);--> statement-breakpoint
      INSERT INTO counted ${numbers} SELECT count(*) FROM c;`,
    );
  };
  return { main: join(folder, 'dist/main.js'), countTo };
}

function applicable(main: string): number {
  return readJournal(join(main, '../..', MIGRATIONS)).entries.length;
}

/** A database made by this version, with a report in it. */
async function makeDatabase(path: string, checkedAt: number): Promise<void> {
  const store = openSqliteStore({ path, version: '0.1.0', clock: () => checkedAt + 1000 });
  await recordAll(store, [aReport({ lastCheckAt: checkedAt })]);
  await store.close();
}

function schemaOf(path: string) {
  const file = new Sqlite(path, { readonly: true });
  const one = (sql: string) => file.prepare(sql).pluck();
  const facts = {
    applied: one('SELECT count(*) FROM __drizzle_migrations').get(),
    tables: one(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all(),
    sources: one(`SELECT name FROM pragma_table_info('source') ORDER BY name`).all(),
    targets: one(`SELECT name FROM pragma_table_info('target') ORDER BY name`).all(),
    reports: one('SELECT count(*) FROM report').get(),
  };
  file.close();
  return facts;
}

/** Whether another process is in the middle of a transaction that writes. */
function isBeingWritten(path: string): boolean {
  const file = new Sqlite(path, { timeout: 0 });
  try {
    file.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    file.close();
  }
}
