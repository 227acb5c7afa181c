import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { periodsInRange } from '../../src/store/sqlite/history-queries.ts';
import { incidentsInRange } from '../../src/store/sqlite/incident-query.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { reportPage } from '../../src/store/sqlite/report-query.ts';
import { statusesAt } from '../../src/store/sqlite/status-query.ts';
import { aReport, aSubmission, MINUTE, NOON } from '../fixtures.ts';

const PERIODS = 400;
const REPORTS_PER_PERIOD = 10;
const REPORTS = PERIODS * REPORTS_PER_PERIOD;
const END = NOON + REPORTS * MINUTE;
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };
/** A little more than one period. */
const SHORT = { from: NOON + 1000 * MINUTE, to: NOON + 1012 * MINUTE };

const betweenSlices = () => undefined;

describe('questions about history', () => {
  let db: Database;
  const looked = { report: 0, period: 0, incident: 0 };

  beforeEach(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const reports = Array.from({ length: REPORTS }, (_, i) => {
      const isDrifted = Math.floor(i / REPORTS_PER_PERIOD) % 2 === 1;
      const found = isDrifted ? { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] } : {};
      return aReport({ lastCheckAt: NOON + i * MINUTE, ...found });
    });
    new Recording(db.$client).record([aSubmission(reports)], END);
    // Every row that a question looks at is counted, whatever plan SQLite uses.
    for (const table of ['report', 'period', 'incident'] as const) {
      looked[table] = 0;
      db.$client.function(`looked_at_${table}`, { deterministic: false }, () => {
        looked[table]++;
        return 1;
      });
    }
    db.$client.exec(`CREATE TEMP VIEW report AS SELECT * FROM main.report WHERE looked_at_report()`);
    db.$client.exec(`CREATE TEMP VIEW incident AS SELECT * FROM main.incident WHERE looked_at_incident()`);
  });
  afterEach(() => {
    db.$client.close();
  });

  test.each([
    ['all periods', () => periodsInRange(db, {}, { range: EVER, betweenSlices }), 0],
    ['the status', () => statusesAt(db, {}, { at: undefined, betweenSlices }), 1],
    ['the status as of an instant', () => statusesAt(db, {}, { at: NOON + 700 * MINUTE, betweenSlices }), 1],
    ['a page', () => reportPage(db, {}, { range: EVER, limit: 10, betweenSlices }), 16],
  ])('look at no more reports than they need, however many there are: %s', (_, ask, most) => {
    ask();
    expect(looked.report).toBeLessThanOrEqual(most);
  });

  test('look only at the incidents of the range, however long the history before it is', () => {
    expect(incidentsInRange(db, {}, { range: SHORT, betweenSlices })).toHaveLength(1);
    // Once to find it among those of its target, and once to read it.
    expect(looked.incident).toBeLessThanOrEqual(4);
  });

  test('read only the periods of the range', () => {
    const [history] = periodsInRange(db, {}, { range: SHORT, betweenSlices });
    expect(history?.periods).toHaveLength(2);
  });
});
