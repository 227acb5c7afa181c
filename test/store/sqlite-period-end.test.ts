import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

describe('the end of a period that is not written with every report', () => {
  let folder: string;
  const stores: Store[] = [];
  const path = () => join(folder, 'status.db');
  const open = () => {
    const store = openSqliteStore({ path: path(), version: '0.0.0-test' });
    stores.push(store);
    return store;
  };
  /** As the rows have it, beside the store. */
  const rows = () => {
    const file = new Sqlite(path(), { readonly: true });
    try {
      return file.prepare('SELECT reports, last_check AS lastCheckAt, stale_at AS staleAt FROM period').all();
    } finally {
      file.close();
    }
  };
  const minutes = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => aReport({ checkedAt: NOON + (from + i) * MINUTE }));
  const told = async (store: Store) => {
    const [history] = await store.periods({}, EVER);
    return history?.periods.map(({ reports, lastCheckAt, staleAt }) => ({ reports, lastCheckAt, staleAt }));
  };
  const endingAt = (minute: number, reports: number) => ({
    reports,
    lastCheckAt: NOON + minute * MINUTE,
    staleAt: NOON + (minute + 10) * MINUTE,
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-period-end-'));
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  test('is written after every 64th, and told as it is after each', async () => {
    const store = open();
    for (const [i, report] of minutes(0, 150).entries()) {
      await store.record([report]);
      expect(await told(store)).toEqual([endingAt(i, i + 1)]);
    }
    expect(rows()).toEqual([endingAt(128, 129)]);
    expect(await told(open())).toEqual([endingAt(149, 150)]);
  });

  test('is written when the next one begins, also by a process that has only just begun', async () => {
    await open().record(minutes(0, 40));
    expect(rows()).toEqual([endingAt(0, 1)]);
    const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
    await open().record([aReport({ checkedAt: NOON + 40 * MINUTE, ...drift })]);
    expect(rows()).toEqual([endingAt(39, 40), endingAt(40, 1)]);
  });

  test('is written before reports that tell it are pruned, and no total goes back', async () => {
    const store = open();
    await store.record(minutes(0, 50));
    const before = NOON + 45 * MINUTE;
    for await (const _ of store.prune({ reportsBefore: before, historyBefore: before }, 50));
    expect(rows()).toEqual([endingAt(49, 50)]);
    await store.record(minutes(50, 53));
    for (const each of [store, open()]) {
      expect(await told(each)).toEqual([endingAt(52, 53)]);
      expect(await each.standings()).toMatchObject([
        { reports: { SYNCED: 53 }, checkedAt: NOON + 52 * MINUTE, staleAt: NOON + 62 * MINUTE },
      ]);
    }
  });

  test('is known to two processes that record in turns', async () => {
    const [one, other] = [open(), open()];
    for (let minute = 0; minute < 100; minute += 10) {
      await one.record(minutes(minute, minute + 3));
      await other.record(minutes(minute + 3, minute + 10));
    }
    expect(await told(one)).toEqual([endingAt(99, 100)]);
    await other.record([aReport({ checkedAt: NOON + 55.5 * MINUTE })]);
    expect(rows()).toEqual([endingAt(99, 101)]);
  });
});
