import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backUp, openStore } from '../../src/database.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { storedHistory } from '../store/harness.ts';
import { LATER, scratch, VERSION, withStoreAt } from './scratch-database.ts';

function openAt(databasePath: string) {
  const store = openStore({ databasePath }, VERSION, () => LATER);
  onTestFinished(() => store.close());
  return store;
}

/** Half a MiB and more, so that a backup of a few takes several steps. */
function largeReport(i: number) {
  const files = Array.from({ length: 5000 }, (_, n) => `${'long/'.repeat(20)}${i}-${n}`);
  return aReport({ server: `large-${i}`, syncStatus: 'OUT_OF_SYNC', files });
}

describe('a backup', () => {
  test('is one file with everything recorded before, and can be opened on a read-only disk', async () => {
    const { databasePath, at, folder } = scratch();
    const store = openAt(databasePath);
    await recordAll(store, [
      aReport(),
      aReport({ lastCheckAt: NOON + MINUTE, syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
    ]);
    const facts = await backUp({ databasePath }, { file: at('copy.db'), version: VERSION });
    expect(facts).toEqual({ bytes: statSync(at('copy.db')).size, reports: 2 });
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    chmodSync(at('copy.db'), 0o444);
    const copy = new Sqlite(at('copy.db'), { readonly: true });
    expect(copy.pragma('journal_mode', { simple: true })).toBe('delete');
    copy.close();
    chmodSync(at('copy.db'), 0o644);
    const before = await storedHistory(store);
    expect(await withStoreAt(at('copy.db'), storedHistory)).toEqual(before);
  });

  test('ends, and is a consistent snapshot, while other processes write all the time', async () => {
    const { databasePath, at } = scratch();
    const store = openAt(databasePath);
    await recordAll(
      store,
      Array.from({ length: 40 }, (_, i) => largeReport(i)),
    );
    const reports = 40;
    let isDone = false;
    const backup = backUp({ databasePath }, { file: at('copy.db'), version: VERSION }).finally(() => {
      isDone = true;
    });
    let written = 0;
    // A limit: a backup that starts again at every write visibly achieves nothing within it.
    for (; !isDone && written < 2000; written++) {
      await recordAll(store, [aReport({ server: 'busy', lastCheckAt: NOON + written * MINUTE })]);
      await setImmediate();
    }
    expect(isDone).toBe(true);
    expect(written).toBeGreaterThan(3);
    expect((await backup).reports).toBeLessThanOrEqual(reports + 1);
  });

  test('replaces nothing: neither an older backup nor the database', async () => {
    const { databasePath, at, folder } = scratch();
    await recordAll(openAt(databasePath), [aReport()]);
    writeFileSync(at('old.db'), 'precious');
    for (const file of [at('old.db'), databasePath]) {
      await expect(backUp({ databasePath }, { file, version: VERSION })).rejects.toThrow(/ already exists: /);
    }
    expect(readFileSync(at('old.db'), 'utf8')).toBe('precious');
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('of a damaged database is not made, and the error says so', async () => {
    const { databasePath, at, folder } = scratch();
    await withStoreAt(databasePath, (store) => recordAll(store, [largeReport(0)]));
    const { size } = statSync(databasePath);
    const bytes = readFileSync(databasePath).fill(0xee, size / 2, size / 2 + 8192);
    writeFileSync(databasePath, bytes);
    await expect(backUp({ databasePath }, { file: at('copy.db'), version: VERSION })).rejects.toThrow(
      /status\.db is damaged: /,
    );
    expect(readdirSync(folder).filter((name) => !name.startsWith('status.db'))).toEqual([]);
    truncateSync(databasePath, 0);
    await expect(backUp({ databasePath }, { file: at('copy.db'), version: VERSION })).rejects.toThrow(
      /status\.db is not a database of gitops-status-server/,
    );
  });

  test('of a missing database is not made', async () => {
    const { databasePath, at, folder } = scratch();
    await expect(backUp({ databasePath }, { file: at('copy.db'), version: VERSION })).rejects.toThrow(
      /^There is no database at .*status\.db: does DATABASE_URL name the right one\?/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves the database as it was', async () => {
    const { databasePath, at } = scratch();
    await withStoreAt(databasePath, (store) => recordAll(store, [aReport()]));
    const before = readFileSync(databasePath);
    await backUp({ databasePath }, { file: at('copy.db'), version: '9.9.9' });
    expect(readFileSync(databasePath).equals(before)).toBe(true);
  });
});
