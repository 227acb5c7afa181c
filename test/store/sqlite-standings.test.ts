import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { Standings } from '../../src/store/sqlite/standings.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';

describe('standings in SQLite', () => {
  let folder: string;
  const stores: Store[] = [];
  const open = () => {
    const store = openSqliteStore({ path: join(folder, 'status.db'), version: '0.0.0-test' });
    stores.push(store);
    return store;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-standings-'));
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  test('notice what another process records, and what it forgets', async () => {
    const [one, other] = [open(), open()];
    await one.record([aReport()]);
    expect(await one.standings()).toHaveLength(1);
    await other.record([
      aReport({ checkedAt: NOON + MINUTE, syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
      aReport({ server: 'other' }),
    ]);
    expect(await one.standings()).toMatchObject([
      { target: { server: 'other' } },
      { syncStatus: 'OUT_OF_SYNC', driftCount: 1, reports: { SYNCED: 1, OUT_OF_SYNC: 1 } },
    ]);
    await other.forget({ repo: 'rsyslog', server: 'rsyslog-lab' });
    expect(await one.standings()).toMatchObject([{ target: { server: 'other' } }]);
  });

  test('count a report once, and forget a target at once, also for who does not wait', async () => {
    const store = open();
    const [recording, asking] = [store.record([aReport()]), store.standings()];
    await Promise.all([recording, asking]);
    expect(await store.standings()).toMatchObject([{ reports: { SYNCED: 1 } }]);
    const forgetting = store.forget({ repo: 'rsyslog', server: 'rsyslog-lab' });
    const [left, again] = [store.standings(), store.record([aReport()])];
    expect([await forgetting, await left]).toEqual([true, []]);
    expect(await again).toMatchObject([{ recorded: 'new', change: 'first' }]);
  });

  test('read no table that grows with time after the first question, and no report then', () => {
    const { $client: client } = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const prepare = vi.spyOn(client, 'prepare');
    new Standings(client);
    const statements = prepare.mock.calls.map(([statement]) => statement);
    const scans = statements.map((statement) => {
      const parameters = Array(statement.split('?').length - 1).fill('');
      const steps = client.prepare(`EXPLAIN QUERY PLAN ${statement}`).all(...parameters);
      return steps
        .map((step) => JSON.stringify(step))
        .filter((step) => /SCAN (r|p|q|report|period)\b/.test(step));
    });
    client.close();
    expect(scans).toEqual([[expect.stringContaining('SCAN period')], []]);
  });
});
