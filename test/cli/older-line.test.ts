import { describe, expect, test } from 'vitest';
import { parseReportLine, toReportLine } from '../../src/cli/report-line.ts';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';

const HERE = { now: NOON + DAY, staleAfterMs: 10 * MINUTE };

/** In the form that versions before the present one exported. */
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

/** Without the fields that the present form leaves out of SYNCED. */
function withoutEmpty({ files: _, drift_count: _count, ...line }: typeof OLDER) {
  return line;
}

const parse = (fields: object) => parseReportLine(JSON.stringify({ ...OLDER, ...fields }), HERE);
const omittedOf = (fields: object) => parse(fields).omitted.map(({ key }) => key);

describe('a line of an older version', () => {
  test('keeps its check time, its arrival and its validity', () => {
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
  ])('may have anything as %s, which had no meaning: it is ignored, and named', (key, value) => {
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

  test('may be due after more than a month: its validity stays, but its due time is left out', () => {
    const { report, omitted } = parse({
      expected_interval_s: 366 * 86_400,
      stale_at: '2029-01-01T00:00:00Z',
    });
    expect(omitted.map(({ key }) => key)).toEqual(['expected_interval_s']);
    expect(report.expectedIntervalS).toBeUndefined();
    expect(report.staleAfterMs).toBe(Date.parse('2029-01-01T00:00:00Z') - NOON);
    expect(omittedOf({ expected_interval_s: 31 * 86_400 })).toEqual([]);
  });

  test.each(['OUT_OF_SYNC', 'UNKNOWN'])('with 0 files for %s did not know how many differ', (syncStatus) => {
    const { report, omitted } = parse({ sync_status: syncStatus });
    expect([report.finding.driftCount, omitted]).toEqual([undefined, []]);
  });

  test('keeps everything else that was posted, even keys with a meaning in a present line', () => {
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

describe.each([
  ['without a version', OLDER],
  ['of version 2, from before strict reading', { ...withoutEmpty(OLDER), export_version: 2 }],
])('a line %s with characters that are refused today', (_, line) => {
  const parseText = (fields: object, edit = (text: string) => text) =>
    parseReportLine(edit(JSON.stringify({ ...line, ...fields })), HERE);

  test('keeps U+0000, and names it', () => {
    const site = { 'a\0': ['b\0', { c: '\0' }] };
    const { report, omitted } = parseText({ branch: 'main\0', tool: '\0', site });
    expect(report).toMatchObject({ branch: 'main\0', tool: '\0', extra: { site } });
    const why = { reason: 'which is refused today', isKept: true };
    expect(omitted).toEqual(
      ['branch', 'tool', 'other fields'].map((field) => ({ key: `U+0000 in ${field}`, ...why })),
    );
  });

  test('has U+FFFD for each half of a surrogate pair, and names it', () => {
    const { report, omitted } = parseText({
      branch: 'a\ud800b',
      note: { '\udfff': ['\udc00\ud800', '\u{1f600}'] },
    });
    expect(report).toMatchObject({
      branch: 'a\ufffdb',
      extra: { note: { '\ufffd': ['\ufffd\ufffd', '\u{1f600}'] } },
    });
    expect(omitted).toEqual(
      ['branch', 'other fields'].map((field) => ({
        key: `half of a surrogate pair in ${field}`,
        reason: 'which is U+FFFD now',
      })),
    );
  });

  test('is imported again from the export of its import', () => {
    const { report } = parseText({ branch: 'main\0\ud800' });
    const { lastCheckAt = NOON, checkedAt = lastCheckAt, receivedAt = NOON } = report;
    const again = parseReportLine(toReportLine({ ...report, lastCheckAt, checkedAt, receivedAt }), HERE);
    expect(again.report.branch).toBe('main\0\ufffd');
  });

  test('has no message about whole pairs, or escapes of other characters', () => {
    const escaped = (text: string) => text.replace('"x"', '"\\ud83d\\ude00\\u0001\\\\u0000"');
    const { report, omitted } = parseText({ note: 'x' }, escaped);
    expect([report.extra.note, omitted]).toEqual(['\u{1f600}\u0001\\u0000', []]);
  });

  test.each([2 ** 53, 2 ** 64, 1e21, 1e-7, 0.1 + 0.2, -0, 1.7976931348623157e308, 5e-324])(
    'keeps the number %d as it is printed: it was rounded when it arrived',
    (number) => {
      const { report, omitted } = parseText({ inode: number, site: [number] });
      expect(report.extra).toEqual(JSON.parse(JSON.stringify({ inode: number, site: [number] })));
      expect(omitted).toEqual([]);
    },
  );

  test('is still refused for a repeated key, or a name with control characters', () => {
    expect(() => parseText({ note: 'x' }, (text) => text.replace('"x"', '"\\u0000","note":1'))).toThrow(
      '/note: is there twice',
    );
    expect(() => parseText({ server: 'a\0' })).toThrow('/server: must be ');
  });
});
