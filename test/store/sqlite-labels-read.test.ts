import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { periodsInRange, segmentsInRange } from '../../src/store/sqlite/history-queries.ts';
import { incidentsInRange } from '../../src/store/sqlite/incident-query.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { reportPage } from '../../src/store/sqlite/report-query.ts';
import { statusesAt, summariesNow } from '../../src/store/sqlite/status-query.ts';
import { aReport, aSubmission, MINUTE, NOON } from '../fixtures.ts';

const SERVERS = ['a', 'b', 'c', 'd'];
const REPORTS = 40;
const END = NOON + REPORTS * MINUTE;
const RANGE = { from: 0, to: END };

const betweenSlices = () => undefined;

/** A column of each table: so rows are counted, not the number of searches. */
const TABLES = {
  report: 'checked_at',
  period: 'started_at',
  incident: 'opened_at',
  target_status: 'stale_at',
};

describe('a question about a label', () => {
  let db: Database;
  let looked: Record<string, Set<unknown>>;

  beforeEach(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const reports = SERVERS.flatMap((server) =>
      Array.from({ length: REPORTS }, (_, i) =>
        aReport({
          server,
          lastCheckAt: NOON + i * MINUTE,
          labels: { env: server === 'c' ? 'prod' : 'test' },
          ...(Math.floor(i / 5) % 2 === 1 ? { syncStatus: 'OUT_OF_SYNC', files: ['a'] } : {}),
        }),
      ),
    );
    new Recording(db.$client).record([aSubmission(reports)], END);
    looked = {};
  });
  afterEach(() => {
    db.$client.close();
  });

  /** From now on it notes the targets whose rows are looked at. */
  function note(tables: readonly (keyof typeof TABLES)[]): void {
    const serverOf = new Map(
      db.$client
        .prepare<[], { id: number; server: string }>('SELECT id, server FROM target')
        .all()
        .map(({ id, server }) => [id, server]),
    );
    for (const table of tables) {
      const servers = new Set<unknown>();
      looked[table] = servers;
      db.$client.function(`looked_at_${table}`, { deterministic: false, varargs: true }, (id) => {
        servers.add(serverOf.get(Number(id)));
        return 1;
      });
      db.$client.exec(
        `CREATE TEMP VIEW ${table} AS SELECT * FROM main.${table} WHERE looked_at_${table}(target_id, ${TABLES[table]})`,
      );
    }
  }

  test.each([
    ['periods', (filter) => periodsInRange(db, filter, { range: RANGE, betweenSlices }), 'period'],
    ['segments', (filter) => segmentsInRange(db, filter, { range: RANGE, betweenSlices }), 'period'],
    ['incidents', (filter) => incidentsInRange(db, filter, { range: RANGE, betweenSlices }), 'incident'],
    ['the status', (filter) => statusesAt(db, filter, { at: undefined, betweenSlices }), 'report'],
    [
      'the status as of an instant',
      (filter) => statusesAt(db, filter, { at: END - 1, betweenSlices }),
      'report',
    ],
    ['the status without files', (filter) => summariesNow(db, filter, betweenSlices), 'report'],
    ['a page', (filter) => reportPage(db, filter, { range: RANGE, limit: 100, betweenSlices }), 'report'],
  ] satisfies [string, (filter: { labels?: string[] }) => unknown, keyof typeof TABLES][])(
    'reads the history of no other target: %s',
    (_, ask, table) => {
      note([table]);
      ask({ labels: ['env:prod'] });
      expect(looked[table]).toEqual(new Set(['c']));
      ask({});
      expect(looked[table]).toEqual(new Set(SERVERS));
    },
  );
});
