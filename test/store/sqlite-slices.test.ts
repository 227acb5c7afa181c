import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteQueries, openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME } from './harness.ts';

const VERSION = '1.2.3';

describe('an answer that is no longer wanted', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-slices-'));
    path = join(folder, 'status.db');
    const store = openSqliteStore({ path, version: VERSION, clock: () => NOON + HOUR });
    const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
    for (const server of ['a', 'b', 'c']) {
      await recordAll(store, [
        aReport({ server }),
        aReport({ server, ...drift, lastCheckAt: NOON + MINUTE }),
        aReport({ server, lastCheckAt: NOON + 2 * MINUTE }),
      ]);
    }
    await store.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each([
    ['the status as of an instant', (queries: Queries) => queries.statuses({}, NOON + MINUTE)],
    ['the periods', (queries: Queries) => queries.periods({}, ALL_TIME)],
    ['the incidents', (queries: Queries) => queries.incidents({}, ALL_TIME)],
    ['a page of reports', (queries: Queries) => queries.reports({}, { range: ALL_TIME, limit: 100 })],
  ])('is given up between two targets or slices: %s', async (_, ask) => {
    let slices = 0;
    const queries = openSqliteQueries({
      path,
      version: VERSION,
      betweenSlices() {
        slices++;
        if (slices === 2) throw new Error('nobody wants it');
      },
    });
    await expect(ask(queries)).rejects.toThrow('nobody wants it');
    expect(slices).toBe(2);
    // The connection still works.
    expect(await queries.statuses({})).toHaveLength(3);
    await queries.close();
  });
});

type Queries = ReturnType<typeof openSqliteQueries>;
