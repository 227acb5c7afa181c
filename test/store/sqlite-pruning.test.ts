import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PostedReport } from '../../src/domain/report.ts';
import { addPruned, NOTHING_PRUNED } from '../../src/domain/retention.ts';
import { findDamage } from '../../src/store/sqlite/damage.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported, LATER } from './harness.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const };

describe('pruning an SQLite file', () => {
  let folder: string;
  let path: string;
  let store: Store;
  let now: number;
  const open = () => openSqliteStore({ path, version: '0.0.0-test', clock: () => now });

  /** Looks into the file beside the store. */
  const query = (statement: string): unknown[] => {
    const file = new Sqlite(path, { readonly: true });
    try {
      return file.prepare(statement).pluck().all();
    } finally {
      file.close();
    }
  };
  const onePass = (at: number, batchMs = Number.POSITIVE_INFINITY) => {
    now = LATER;
    return store.prune(
      { reportsBefore: at, historyBefore: at, eventsBefore: at, actionsBefore: at },
      batchMs,
    );
  };
  /** In as many passes as are needed from the first day of the fixtures to the last. */
  const prune = async (at: number, batchMs = Number.POSITIVE_INFINITY) => {
    let pruned = NOTHING_PRUNED;
    for (let pass = 0; pass < 13; pass++) {
      for await (const batch of onePass(at, batchMs)) pruned = addPruned(pruned, batch);
    }
    return pruned;
  };
  /** Each at the time of its check. */
  const record = async (...reports: readonly PostedReport[]) => {
    for (const report of reports) {
      now = report.lastCheckAt ?? now;
      await recordAll(store, [report]);
    }
  };
  const recordMany = async (count: number, traits: (i: number) => Parameters<typeof aReport>[0]) => {
    now = NOON + count * MINUTE;
    const minutes = Array.from({ length: count }, (_, i) => i);
    await recordAll(
      store,
      minutes.map((i) => aReport({ lastCheckAt: NOON + i * MINUTE, ...traits(i) })),
    );
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-pruning-'));
    path = join(folder, 'status.db');
    now = LATER;
    store = open();
  });
  afterEach(async () => {
    await store.close();
    // However far it came, the rest is consistent.
    expect(findDamage(path)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('makes it smaller, by as many bytes as it says', async () => {
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
    await recordMany(2000, (i) => (i % 2 === 0 ? {} : { ...drift, files: ['a'] }));
    const before = await store.statuses({});
    const pruned = await prune(NOON + 1998 * MINUTE, 0);
    expect(pruned).toMatchObject({ reports: 1998, periods: 1996, incidents: 998 });
    // Including the current one, which is in `target_status`.
    expect(query('SELECT count(*) FROM period')).toEqual([3]);
    await store.close();
    store = open();
    expect(await store.statuses({})).toEqual(before);
  });

  test('removes all ended periods if the current one is a run of SYNCED', async () => {
    await record(aReport(), aReport({ lastCheckAt: NOON + HOUR, ...drift, files: ['a'] }));
    await record(...[2, 3, 4].map((hour) => aReport({ lastCheckAt: NOON + hour * HOUR, staleAfterMs: DAY })));
    expect(await prune(NOON + DAY, 0)).toMatchObject({ reports: 4, periods: 2, incidents: 1 });
    expect(await store.statuses({})).toMatchObject([{ since: NOON + 2 * HOUR }]);
  });

  test('leaves no row of a purged target', async () => {
    await record(
      aReport({ labels: { env: 'lab' } }),
      aReport({ lastCheckAt: NOON + HOUR, ...drift, files: ['a'] }),
    );
    await store.deleteTarget({ repo: 'rsyslog', server: 'rsyslog-lab' }, { purge: true });
    await prune(0, 0);
    for (const table of ['target', 'target_status', 'report', 'period', 'incident']) {
      expect(query(`SELECT count(*) FROM ${table}`), table).toEqual([0]);
    }
  });

  test('gives back no more than a MiB in one batch', async () => {
    const traits = (i: number) => ({
      server: `${i % 10}`,
      runUrl: `https://ci.example/${'run'.repeat(20)}/${i}`,
    });
    await recordMany(30_000, traits);
    for (const { target } of await store.statuses({})) await store.deleteTarget(target, { purge: true });
    const bytes = [];
    for await (const batch of onePass(0)) bytes.push(batch.bytes);
    expect(bytes.filter((freed) => freed > 0).length).toBeGreaterThan(1);
    expect(Math.max(...bytes)).toBeLessThan(1.5 * 2 ** 20);
  });

  test('ends if the file was made so that it cannot shrink', async () => {
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

  test('removes the findings and sources without a reference, and no others', async () => {
    await record(
      aReport({ commit: 'gone' }),
      aReport({ server: 'silent', commit: 'anchored' }),
      aReport({ lastCheckAt: NOON + MINUTE, ...drift, files: ['gone'], commit: 'gone' }),
      aReport({ lastCheckAt: NOON + 2 * MINUTE, commit: 'kept' }),
      aReport({ lastCheckAt: NOON + 3 * MINUTE, ...drift, files: ['kept'], commit: 'kept' }),
      // It is the newest of its target by the horizon, so it stays, but not the newest of all.
      aReport({ server: 'silent', commit: 'newest', lastCheckAt: NOON + 10 * DAY - HOUR }),
      // It is current, so only its target's status names it.
      aReport({
        server: 'newest',
        commit: 'newest',
        lastCheckAt: NOON + 10 * DAY,
        ...drift,
        files: ['newest'],
      }),
      aReport({ server: 'last', commit: 'last', lastCheckAt: NOON + 11 * DAY, ...drift, files: ['last'] }),
    );
    expect(await prune(NOON + 9 * DAY, 0)).toMatchObject({ findings: 1, sources: 1, incidents: 1 });
    expect(query(`SELECT "commit" FROM source ORDER BY 1`)).toEqual(['anchored', 'kept', 'last', 'newest']);
    expect(query('SELECT files FROM finding ORDER BY 1')).toEqual([
      '[]',
      '[{"name":"kept"}]',
      '[{"name":"last"}]',
      '[{"name":"newest"}]',
    ]);
    expect(query('PRAGMA foreign_key_check')).toEqual([]);
  });

  test('keeps a row that is named again just before its removal, by this process or another', async () => {
    const old = (minute: number, name: string) =>
      aReport({ lastCheckAt: NOON + minute * MINUTE, ...drift, files: [name], commit: name });
    await record(old(0, 'again'), aReport({ lastCheckAt: NOON + MINUTE }), old(2, 'elsewhere'));
    await record(...[3, 4].map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE })));
    await record(aReport({ server: 'other', ...drift, files: ['last'], commit: 'last' }));
    const at = NOON + 9 * DAY;
    // Given up early: the horizon has moved, but nothing was removed.
    for (let pass = 0; pass < 4; pass++) await onePass(at, 0)[Symbol.asyncIterator]().next();
    const batches = onePass(at, 0)[Symbol.asyncIterator]();
    await batches.next();
    const other = open();
    await recordAll(store, [{ ...old(0, 'again'), lastCheckAt: at + MINUTE }]);
    await recordAll(other, [{ ...old(0, 'elsewhere'), lastCheckAt: at, target: { repo: 'b', server: 'b' } }]);
    await other.close();
    while (!(await batches.next()).done);
    const kept = (await exported(store)).filter(({ checkedAt }) => checkedAt >= at);
    expect(kept.map(({ commit, finding }) => [commit, finding.files])).toEqual([
      ['again', [{ name: 'again' }]],
      ['elsewhere', [{ name: 'elsewhere' }]],
    ]);
  });

  test('keeps a finding that is named again while its neighbours go', async () => {
    const found = (i: number) =>
      aReport({ lastCheckAt: NOON + i * MINUTE, ...drift, files: [`file-${i}`], staleAfterMs: DAY });
    await record(...Array.from({ length: 150 }, (_, i) => found(i)));
    await store.deleteTarget({ repo: 'rsyslog', server: 'rsyslog-lab' }, { purge: true });
    const batches = onePass(0, 0)[Symbol.asyncIterator]();
    let removed = 0;
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      if (removed === 0 && next.value.findings > 0) await record({ ...found(140), lastCheckAt: LATER });
      removed += next.value.findings;
    }
    // Except for it and the last one, whose number would be reused.
    expect(removed).toBe(148);
    expect(await store.statuses({})).toMatchObject([{ finding: { files: [{ name: 'file-140' }] } }]);
  });

  test('keeps the source of a report that was received long before it was checked', async () => {
    now = LATER;
    const reports = [0, 1, 2, 3, 4].map((i) => aReport({ lastCheckAt: NOON + i * MINUTE, commit: `c${i}` }));
    await recordAll(
      store,
      reports.map((report, i) => ({ ...report, checkedAt: NOON + i * MINUTE, receivedAt: NOON - 5 * DAY })),
      { origin: 'import' },
    );
    await prune(NOON - MINUTE);
    expect((await exported(store)).map(({ commit }) => commit)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });

  test('never reuses the id of a removed row', async () => {
    const found = (minute: number, file: string) =>
      aReport({ lastCheckAt: NOON + minute * MINUTE, ...drift, files: [file], commit: file });
    await record(found(0, 'a'), aReport({ lastCheckAt: NOON + MINUTE }), found(2, 'b'));
    await store.deleteTarget({ repo: 'rsyslog', server: 'rsyslog-lab' }, { purge: true });
    const [findings, sources] = [query('SELECT id FROM finding'), query('SELECT id FROM source')];
    await prune(NOON + 9 * DAY);
    await record(found(20_000, 'c'));
    const [finding] = query(`SELECT id FROM finding WHERE files LIKE '%"c"%'`);
    const [source] = query(`SELECT id FROM source WHERE "commit" = 'c'`);
    expect([findings.length, sources.length]).toEqual([3, 3]);
    expect([findings.includes(finding), sources.includes(source)]).toEqual([false, false]);
  });

  test('is noticed by caches of the ids of findings and sources', async () => {
    const found = (minute: number, file: string) =>
      aReport({ lastCheckAt: NOON + minute * MINUTE, ...drift, files: [file], commit: file });
    await record(found(0, 'a'), aReport({ lastCheckAt: NOON + MINUTE }), found(2, 'b'));
    await record(aReport({ lastCheckAt: NOON + 3 * MINUTE }));
    const far = NOON + 9 * DAY;
    expect(await prune(far)).toMatchObject({ findings: 1 });
    await record({ ...found(0, 'a'), lastCheckAt: far });
    const [status] = await store.statuses({});
    expect(status).toMatchObject({ checkedAt: far, commit: 'a', finding: { files: [{ name: 'a' }] } });
    expect((await exported(store)).filter(({ checkedAt }) => checkedAt === far)).toHaveLength(1);
  });

  test('waits for another process that writes, and continues', async () => {
    await recordMany(10, () => ({}));
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    const pruning = prune(NOON + DAY);
    other.exec('ROLLBACK');
    other.close();
    expect(await pruning).toMatchObject({ reports: 9 });
  });
});
