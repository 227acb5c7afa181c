import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { periodsInRange, segmentsInRange } from '../../src/store/sqlite/history-queries.ts';
import { incidentsInRange } from '../../src/store/sqlite/incident-query.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { reportPage } from '../../src/store/sqlite/report-query.ts';
import { statusesAt, summariesNow } from '../../src/store/sqlite/status-query.ts';
import { aReport, aSubmission, MINUTE, NOON } from '../fixtures.ts';

const TARGETS = 50;
const REPORTS = 80;
const EVER = { from: 0, to: NOON + REPORTS * MINUTE };
const betweenSlices = () => undefined;

/** This many targets, each with a history in which every report is a period with its own files. */
function aFleet(fileName: (target: number, minute: number) => string) {
  return Array.from({ length: TARGETS }, (_, target) =>
    Array.from({ length: REPORTS }, (_, minute) => {
      const lastCheckAt = NOON + minute * MINUTE;
      const server = `server-${String(target).padStart(3, '0')}`;
      const files = [fileName(target, minute)];
      // Ends with drift.
      return minute % 2 === 0
        ? aReport({ server, lastCheckAt })
        : aReport({ server, lastCheckAt, syncStatus: 'OUT_OF_SYNC', files });
    }),
  ).flat();
}

describe('a limit', () => {
  let db: Database;
  const TABLES = ['report', 'period', 'incident', 'finding'] as const;
  const looked = { report: 0, period: 0, incident: 0, finding: 0 };

  beforeAll(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const reports = aFleet((target, minute) => `${target}-${minute}`);
    new Recording(db.$client).record([aSubmission(reports)], EVER.to);
    for (const table of TABLES) {
      db.$client.function(`looked_at_${table}`, { deterministic: false }, () => {
        looked[table]++;
        return 1;
      });
      db.$client.exec(`CREATE TEMP VIEW ${table} AS SELECT * FROM main.${table} WHERE looked_at_${table}()`);
    }
  });
  beforeEach(() => {
    for (const table of TABLES) looked[table] = 0;
  });
  afterAll(() => {
    db.$client.close();
  });

  const isDrifted = ({ state }: { state: string }) => state === 'OUT_OF_SYNC';
  const isSecond = ({ target }: { target: { server: string } }) => target.server === 'server-001';

  test.each([
    // To know what comes first, something of each target must be read, and the end of a period is in the next one.
    ['the timeline', () => segmentsInRange(db, {}, { range: EVER, part: { limit: 1 }, betweenSlices }), 2, 2],
    [
      'the timeline of a state',
      () => segmentsInRange(db, {}, { range: EVER, part: { limit: 1, isWanted: isDrifted }, betweenSlices }),
      12,
      3,
    ],
    [
      'the incidents',
      () => incidentsInRange(db, {}, { range: EVER, part: { limit: 1 }, betweenSlices }),
      5,
      1,
    ],
    [
      'the incidents of some targets',
      () => incidentsInRange(db, {}, { range: EVER, part: { limit: 1, isWanted: isSecond }, betweenSlices }),
      1,
      1,
    ],
    [
      'the histories of targets',
      () => periodsInRange(db, {}, { range: EVER, part: { limit: 1 }, betweenSlices }),
      2,
      2,
    ],
    ['the status', () => statusesAt(db, {}, { at: undefined, part: { limit: 1 }, betweenSlices }), 1, 1],
    [
      'the status of a state',
      () =>
        statusesAt(
          db,
          {},
          {
            at: undefined,
            part: { limit: 1, isWanted: ({ finding }) => finding?.syncStatus === 'OUT_OF_SYNC' },
            betweenSlices,
          },
        ),
      1,
      1,
    ],
  ])('bounds what is read, however much there is: %s', (_, ask, perTarget, findings) => {
    expect(ask()).toHaveLength(1);
    const { report, period, incident, finding } = looked;
    expect(report + period + incident).toBeLessThanOrEqual(perTarget * TARGETS + REPORTS);
    expect(finding).toBeLessThanOrEqual(findings * TARGETS);
  });

  test('bounds a page of reports', () => {
    expect(reportPage(db, {}, { range: EVER, limit: 1, betweenSlices }).reports).toHaveLength(1);
    expect(looked.report).toBeLessThanOrEqual(16 * TARGETS);
  });

  test('that is large is shared by all targets: each is read as far as it contributes', () => {
    const limit = 10 * TARGETS;
    const ask = (part: { limit?: number }) => segmentsInRange(db, {}, { range: EVER, part, betweenSlices });
    const first = ask({ limit });
    expect(looked.period).toBeLessThanOrEqual(3 * limit);
    expect(first).toEqual(ask({}).slice(0, limit));
  });
});

describe('an answer that would need too much memory', () => {
  let db: Database;
  /** Lists of files with 8 MiB in all for each minute: more than fits over the whole history. */
  const name = (target: number, minute: number) => `${target}-${minute}-${'x'.repeat(60_000)}`;
  beforeAll(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    new Recording(db.$client).record([aSubmission(aFleet(name))], EVER.to);
  });
  afterAll(() => {
    db.$client.close();
  });

  test.each([
    ['periods', () => periodsInRange(db, {}, { range: EVER, betweenSlices })],
    ['the timeline', () => segmentsInRange(db, {}, { range: EVER, betweenSlices })],
    ['incidents', () => incidentsInRange(db, {}, { range: EVER, betweenSlices })],
    ['reports', () => reportPage(db, {}, { range: EVER, limit: 5000, betweenSlices })],
  ])('is refused while it is read, with what to do: %s', (_, ask) => {
    let lists = 0;
    const parse = JSON.parse;
    JSON.parse = (text: string) => {
      if (text.length > 60_000) lists++;
      return parse(text);
    };
    try {
      expect(ask).toThrow(/too much to read for one answer.*from=.*repo=.*limit=/);
    } finally {
      JSON.parse = parse;
    }
    // 64 MiB of lists, which are not all.
    expect(lists).toBeLessThanOrEqual(Math.ceil((64 * 1024 * 1024) / 60_000));
    expect(lists).toBeGreaterThan(0);
  });

  test('is given if files are no part of it, or a limit makes it small', () => {
    expect(summariesNow(db, {}, betweenSlices)).toHaveLength(TARGETS);
    expect(incidentsInRange(db, {}, { range: EVER, part: { limit: 1 }, betweenSlices })).toHaveLength(1);
    expect(segmentsInRange(db, {}, { range: EVER, part: { limit: 1 }, betweenSlices })).toHaveLength(1);
  });
});
