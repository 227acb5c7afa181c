import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addPruned, NOTHING_PRUNED } from '../../src/domain/retention.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON } from '../fixtures.ts';

describe('pruning an SQLite file', () => {
  let folder: string;
  let path: string;
  let store: Store;
  const open = () => openSqliteStore({ path, version: '0.0.0-test' });

  /** Looks into the file beside the store. */
  const query = (statement: string): unknown[] => {
    const file = new Sqlite(path, { readonly: true });
    try {
      return file.prepare(statement).pluck().all();
    } finally {
      file.close();
    }
  };
  const prune = async (at: number, batchMs = Number.POSITIVE_INFINITY) => {
    let pruned = NOTHING_PRUNED;
    for await (const batch of store.prune({ reportsBefore: at, historyBefore: at }, batchMs)) {
      pruned = addPruned(pruned, batch);
    }
    return pruned;
  };
  const recordMany = async (count: number, traits: (i: number) => Parameters<typeof aReport>[0]) => {
    await store.record(
      Array.from({ length: count }, (_, i) => aReport({ checkedAt: NOON + i * MINUTE, ...traits(i) })),
    );
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-pruning-'));
    path = join(folder, 'status.db');
    store = open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test('makes it smaller, by as much as it says', async () => {
    await recordMany(20_000, (i) => ({ runUrl: `https://ci.example/run/${i}` }));
    await store.close();
    store = open();
    const before = statSync(path).size;
    const pruned = await prune(NOON + 20_000 * MINUTE);
    const after = statSync(path).size;
    expect(pruned.reports).toBe(19_999);
    expect(pruned.bytes).toBeGreaterThan(before / 2);
    expect(before - after).toBeGreaterThanOrEqual(pruned.bytes);
    expect(query('PRAGMA integrity_check')).toEqual(['ok']);
  });

  test('goes through a history that is longer than one step', async () => {
    await recordMany(2000, (i) => (i % 2 === 0 ? {} : { syncStatus: 'OUT_OF_SYNC', files: ['a'] }));
    const standings = await store.standings();
    expect(await prune(NOON + 1998 * MINUTE, 0)).toMatchObject({
      reports: 1998,
      periods: 1996,
      incidents: 998,
    });
    expect(query('SELECT count(*) FROM period')).toEqual([4]);
    expect(query('SELECT pruned_synced, pruned_out_of_sync FROM target')).toEqual([998]);
    await store.close();
    store = open();
    expect(await store.standings()).toEqual(standings);
  });

  test('gives back no more than a MiB in one batch', async () => {
    await recordMany(30_000, (i) => ({ runUrl: `https://ci.example/${'run'.repeat(20)}/${i}` }));
    const batches = [];
    const at = NOON + 30_000 * MINUTE;
    for await (const { bytes } of store.prune({ reportsBefore: at, historyBefore: at }, Infinity)) {
      batches.push(bytes);
    }
    expect(batches.filter((bytes) => bytes > 0).length).toBeGreaterThan(1);
    expect(Math.max(...batches)).toBeLessThan(1.5 * 2 ** 20);
  });

  test('ends where the file was made so that it cannot shrink', async () => {
    await store.close();
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-pruning-'));
    path = join(folder, 'status.db');
    const other = new Sqlite(path);
    other.exec('PRAGMA auto_vacuum = NONE; CREATE TABLE notes (text)');
    other.close();
    store = open();
    await recordMany(5000, () => ({}));
    expect(await prune(NOON + 5000 * MINUTE)).toMatchObject({ reports: 4999, bytes: 0 });
  });

  test('takes the findings and the sources that nobody names any more, and no other', async () => {
    const drift = { syncStatus: 'OUT_OF_SYNC' as const };
    await store.record([
      aReport({ commit: 'gone' }),
      aReport({ checkedAt: NOON + MINUTE, ...drift, files: ['gone'], commit: 'gone' }),
      aReport({ checkedAt: NOON + 2 * MINUTE, commit: 'kept' }),
      aReport({ checkedAt: NOON + 3 * MINUTE, ...drift, files: ['kept'], commit: 'kept' }),
      aReport({ server: 'silent', commit: 'anchored', checkedAt: NOON }),
      aReport({
        server: 'newest',
        commit: 'newest',
        checkedAt: NOON + 10 * DAY,
        ...drift,
        files: ['newest'],
      }),
    ]);
    expect(await prune(NOON + 9 * DAY, 0)).toMatchObject({ findings: 1, sources: 1, incidents: 1 });
    expect(query(`SELECT "commit" FROM source ORDER BY 1`)).toEqual(['anchored', 'kept', 'newest']);
    expect(query('SELECT files FROM finding ORDER BY 1')).toEqual([
      '[]',
      '[{"name":"kept"}]',
      '[{"name":"newest"}]',
    ]);
    expect(query('PRAGMA foreign_key_check')).toEqual([]);
  });

  test('keeps a source that is named again just before it would go', async () => {
    await store.record([
      aReport({ commit: 'again' }),
      aReport({ checkedAt: NOON + MINUTE, commit: 'other' }),
    ]);
    const at = NOON + 9 * DAY;
    const batches = store.prune({ reportsBefore: at, historyBefore: at }, 0)[Symbol.asyncIterator]();
    await batches.next();
    await store.record([aReport({ checkedAt: at + MINUTE, commit: 'again' })]);
    while (!(await batches.next()).done);
    const { reports } = await store.reports({}, { range: { from: at, to: at + DAY }, limit: 10 });
    expect(reports.map(({ commit }) => commit)).toEqual(['again']);
  });

  test('keeps the source of a report that says it was received long before it was checked', async () => {
    await recordMany(5, (i) => ({ receivedAt: NOON - 5 * DAY, commit: `c${i}` }));
    await prune(NOON - MINUTE);
    const { reports } = await store.reports({}, { range: { from: 0, to: NOON + DAY }, limit: 10 });
    expect(reports.map(({ commit }) => commit)).toEqual(['c4', 'c3', 'c2', 'c1', 'c0']);
  });

  test('leaves all sources to the next pass where another process recorded meanwhile', async () => {
    const old = (minute: number, commit: string) => aReport({ checkedAt: NOON + minute * MINUTE, commit });
    await store.record([old(0, 'a'), old(1, 'b')]);
    const at = NOON + 90 * DAY;
    const batches = store.prune({ reportsBefore: at, historyBefore: at }, 0)[Symbol.asyncIterator]();
    await batches.next();
    await batches.next();
    const other = open();
    await other.record([old(2, 'late'), aReport({ server: 'other', checkedAt: at, commit: 'new' })]);
    await other.close();
    while (!(await batches.next()).done);
    expect(await store.statuses({ servers: ['rsyslog-lab'] })).toMatchObject([{ commit: 'late' }]);
    expect((await store.reports({}, { range: { from: 0, to: at + DAY }, limit: 10 })).reports).toMatchObject([
      { commit: 'new' },
      { commit: 'late' },
      { commit: 'b' },
    ]);
  });

  test('never lets the id of what is gone be given to something else', async () => {
    const drift = (minute: number, file: string) =>
      aReport({ checkedAt: NOON + minute * MINUTE, syncStatus: 'OUT_OF_SYNC', files: [file], commit: file });
    await store.record([drift(0, 'a'), aReport({ checkedAt: NOON + MINUTE }), drift(2, 'b')]);
    await store.forget({ repo: 'rsyslog', server: 'rsyslog-lab' });
    const [findings, sources] = [query('SELECT id FROM finding'), query('SELECT id FROM source')];
    await prune(NOON + 9 * DAY);
    await store.record([drift(20_000, 'c')]);
    const [finding] = query(`SELECT id FROM finding WHERE files LIKE '%"c"%'`);
    const [source] = query(`SELECT id FROM source WHERE "commit" = 'c'`);
    expect([findings.length, sources.length]).toEqual([3, 3]);
    expect([findings.includes(finding), sources.includes(source)]).toEqual([false, false]);
  });

  test('is noticed by whoever remembers the ids of findings and sources', async () => {
    const at = (minute: number, file: string) =>
      aReport({ checkedAt: NOON + minute * MINUTE, syncStatus: 'OUT_OF_SYNC', files: [file], commit: file });
    await store.record([
      at(0, 'a'),
      aReport({ checkedAt: NOON + MINUTE }),
      at(2, 'b'),
      aReport({ checkedAt: NOON + 3 * MINUTE }),
    ]);
    const far = NOON + 9 * DAY;
    expect(await prune(far)).toMatchObject({ findings: 1 });
    await store.record([{ ...at(0, 'a'), checkedAt: far, receivedAt: far }]);
    const [status] = await store.statuses({});
    expect(status).toMatchObject({ checkedAt: far, commit: 'a', finding: { files: [{ name: 'a' }] } });
    const { reports } = await store.reports({}, { range: { from: far, to: far + 1 }, limit: 10 });
    expect(reports).toHaveLength(1);
  });

  test('waits for another process that writes, and goes on', async () => {
    await recordMany(10, () => ({}));
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    const pruning = prune(NOON + DAY);
    other.exec('ROLLBACK');
    other.close();
    expect(await pruning).toMatchObject({ reports: 9 });
  });
});
