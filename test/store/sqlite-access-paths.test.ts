import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { incidentsInRange, periodsInRange } from '../../src/store/sqlite/history-queries.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { reportPage } from '../../src/store/sqlite/report-query.ts';
import { NOW, statusesAt } from '../../src/store/sqlite/status-query.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';

const RANGE = { from: NOON - HOUR, to: NOON + HOUR };

describe('no question reads the whole of a table that grows with time', () => {
  let db: Database;
  const asked: string[] = [];

  /** How SQLite would go about everything that was asked. */
  const plans = () =>
    asked.flatMap((statement) =>
      db.$client
        .prepare(`EXPLAIN QUERY PLAN ${statement}`)
        .all(...Array(statement.split('?').length - 1).fill(0))
        .map((step) => (step as { detail: string }).detail),
    );

  beforeEach(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const prepare = db.$client.prepare.bind(db.$client);
    db.$client.prepare = ((statement: string) => {
      if (!statement.startsWith('EXPLAIN')) asked.push(statement);
      return prepare(statement);
    }) as typeof db.$client.prepare;
    asked.length = 0;
  });
  afterEach(() => {
    db.$client.close();
  });

  test.each([
    ['a page of all reports', () => reportPage(db, {}, { range: RANGE, limit: 10 })],
    ['a page of some reports', () => reportPage(db, { repos: ['a', 'b'] }, { range: RANGE, limit: 10 })],
    ['the status', () => statusesAt(db, {}, NOON)],
    ['the status of one', () => statusesAt(db, { repos: ['a'], servers: ['b'] }, NOON)],
    ['the periods', () => periodsInRange(db, {}, RANGE)],
    ['the incidents of one', () => incidentsInRange(db, { repos: ['a'], servers: ['b'] }, RANGE)],
  ])('%s', (_, ask) => {
    ask();
    expect(asked).not.toEqual([]);
    expect(plans().filter((step) => /SCAN (r|p|report|period)\b/.test(step))).toEqual([]);
  });

  test('the status: not what came since the last SYNCED, and no incident that is resolved', () => {
    statusesAt(db, {}, NOW);
    const steps = plans().map((step) => step.replace(/ \(.*/, ''));
    expect(steps).toContain('SEARCH p USING INDEX period_synced');
    expect(steps).toContain('SEARCH incident USING INDEX incident_open');
  });

  test('recording, in order, late and tied', () => {
    const recording = new Recording(db);
    const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
    for (const minute of [0, 2, 4, 1, 3, 3])
      recording.recordAll([aReport({ checkedAt: NOON + minute * MINUTE })]);
    for (const minute of [5, 6, 3, 0])
      recording.recordAll([aReport({ checkedAt: NOON + minute * MINUTE, ...drift })]);
    expect(plans().filter((step) => /SCAN/.test(step) && !/CONSTANT ROW/.test(step))).toEqual([]);
  });
});
