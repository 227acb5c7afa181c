import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { periodsInRange } from '../../src/store/sqlite/history-queries.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { PeriodTable } from '../../src/store/sqlite/period-table.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { Standings } from '../../src/store/sqlite/standings.ts';
import { NOW, statusesAt } from '../../src/store/sqlite/status-query.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';

const PERIODS = 5;
const REPORTS_PER_PERIOD = 500;
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

describe('questions about history', () => {
  let db: Database;
  let touched: number;

  beforeEach(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const reports = Array.from({ length: PERIODS * REPORTS_PER_PERIOD }, (_, i) => {
      const isDrifted = Math.floor(i / REPORTS_PER_PERIOD) % 2 === 1;
      const files = isDrifted ? ['a'] : [];
      const syncStatus = isDrifted ? ('OUT_OF_SYNC' as const) : ('SYNCED' as const);
      return aReport({ checkedAt: NOON + i * MINUTE, syncStatus, files });
    });
    new Recording(db).recordAll(reports);
    // Every report that a question looks at is counted, whichever way SQLite goes about it.
    touched = 0;
    db.$client.function('touched', { deterministic: false }, () => {
      touched++;
      return 1;
    });
    db.$client.exec('CREATE TEMP VIEW report AS SELECT * FROM main.report WHERE touched()');
  });
  afterEach(() => {
    db.$client.close();
  });

  test.each([
    ['the periods', () => periodsInRange(db, {}, EVER)],
    ['the status', () => statusesAt(db, {}, NOW)],
    ['the status as of an instant', () => statusesAt(db, {}, NOON + 700 * MINUTE)],
    ['where targets stand', () => new Standings(db.$client).read()],
    ['the last period of one', () => new PeriodTable(db).last(1)],
  ])('look at few reports, however many there are: %s', (_, ask) => {
    ask();
    expect(touched).toBeGreaterThan(0);
    expect(touched).toBeLessThan(200);
  });
});
