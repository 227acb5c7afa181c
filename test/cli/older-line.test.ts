import { describe, expect, test } from 'vitest';
import { parseReportLine } from '../../src/cli/report-line.ts';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';

const HERE = { now: NOON + DAY, staleAfterMs: 10 * MINUTE };

/** As the versions before the present form of an export wrote it. */
const OLDER = {
  repo: 'a',
  server: 'b',
  sync_status: 'SYNCED',
  drift_count: 0,
  files: [],
  last_check: '2026-04-21T12:00:00.000Z',
  received_at: '2026-04-21T12:00:01.500Z',
  stale_at: '2026-04-21T13:00:00.000Z',
};

const parse = (fields: object) => parseReportLine(JSON.stringify({ ...OLDER, ...fields }), HERE);
const omittedOf = (fields: object) => parse(fields).omitted.map(({ key }) => key);

describe('a line of an older version', () => {
  test('counts as checked when it says, arrived when it did, and for as long as it did', () => {
    expect(parse({})).toMatchObject({
      report: {
        lastCheckAt: NOON,
        checkedAt: NOON,
        receivedAt: NOON + 1500,
        staleAfterMs: HOUR,
        pushed: false,
      },
      omitted: [],
    });
  });

  test('that arrived in the future arrives now: a clock was wrong', () => {
    expect(parse({ received_at: '2026-05-01T00:00:00Z' }).report.receivedAt).toBe(HERE.now);
  });

  test.each([
    ['labels', { job: 'ci', Instance: 7 }],
    ['labels', null],
    ['check', ['a', 'list']],
    ['stale_after_s', 'soon'],
    ['takes_over', 'perhaps'],
    ['after_deploy', 1],
  ])('may have anything as %s, which meant nothing: it is ignored, and named', (key, value) => {
    const { report, omitted } = parse({ [key]: value });
    expect(omitted).toEqual([{ key, reason: 'which had no meaning in the version that exported it' }]);
    expect(report).toEqual(parse({}).report);
  });

  test('may be SYNCED with an error: that is left out, and named', () => {
    const { report, omitted } = parse({ error: 'e', error_kind: 'k' });
    expect(omitted.map(({ key }) => key)).toEqual(['error', 'error_kind']);
    expect(report).toEqual(parse({}).report);
  });

  test('keeps the error of any other sync_status', () => {
    const { report, omitted } = parse({ sync_status: 'UNKNOWN', error: 'e', error_kind: 'k' });
    expect(omitted).toEqual([]);
    expect(report).toMatchObject({ error: 'e', errorKind: 'k' });
  });

  test('may be due after more than a month: it counts as long as it did, but when it is due is left out', () => {
    const { report, omitted } = parse({
      expected_interval_s: 366 * 86_400,
      stale_at: '2029-01-01T00:00:00Z',
    });
    expect(omitted.map(({ key }) => key)).toEqual(['expected_interval_s']);
    expect(report.expectedIntervalS).toBeUndefined();
    expect(report.staleAfterMs).toBe(Date.parse('2029-01-01T00:00:00Z') - NOON);
    expect(omittedOf({ expected_interval_s: 31 * 86_400 })).toEqual([]);
  });

  test.each(['OUT_OF_SYNC', 'UNKNOWN'])(
    'that counts 0 files of %s did not know how many differ',
    (syncStatus) => {
      const { report, omitted } = parse({ sync_status: syncStatus });
      expect([report.finding.driftCount, omitted]).toEqual([undefined, []]);
    },
  );

  test('keeps whatever else was posted, also what has a meaning in a line of today', () => {
    const extra = { pushed: 'twice', checked_at: 7, extra: [1], export_version: 'mine', site: { rack: 4 } };
    expect(parse(extra)).toMatchObject({ report: { pushed: false, extra }, omitted: [] });
  });

  test('may have all of it at once', () => {
    expect(omittedOf({ check: 1, error: 'e', error_kind: '', expected_interval_s: 1e7 })).toEqual([
      'check',
      'error',
      'expected_interval_s',
    ]);
  });
});
