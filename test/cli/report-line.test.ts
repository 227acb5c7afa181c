import { describe, expect, test } from 'vitest';
import { parseReportLine, toReportLine } from '../../src/cli/report-line.ts';
import type { Report } from '../../src/domain/report.ts';
import { aReport, DAY, MINUTE, NOON } from '../fixtures.ts';

const HERE = { now: NOON + DAY, staleAfterMs: 10 * MINUTE };

/** A report as a store returns it. */
function aRecorded(traits: Parameters<typeof aReport>[0] = {}): Report {
  const { takesOver: _, ...report } = aReport(traits);
  const { lastCheckAt = NOON, checkedAt = lastCheckAt, receivedAt = checkedAt + 1500 } = report;
  return { ...report, lastCheckAt, checkedAt, receivedAt };
}

const FULL = aRecorded({
  syncStatus: 'OUT_OF_SYNC',
  files: ['b', 'a'],
  driftCount: 7,
  lastCheckAt: NOON + 20_000,
  checkedAt: NOON + 12_345,
  receivedAt: NOON + 12_345,
  staleAfterMs: 3 * MINUTE,
  expectedIntervalS: 60,
  staleAfterS: 180,
  check: 'drift-check',
  afterDeploy: true,
  labels: { env: 'prod', team: 'ops' },
  commit: 'abc',
  branch: 'main',
  tool: 'ansible',
  error: 'half of it\nfailed',
  errorKind: 'unreachable',
  runUrl: 'https://ci.example/1',
  durationMs: 1234,
  extra: { site: { name: 'lab', racks: [1, 'two', null] }, files_total: 9 },
});

const PUSH = aRecorded({
  pushed: true,
  pushGroup: { branch: 'main', job: 'ci' },
  check: 'branch=main,job=ci',
  tool: 'pushgateway',
  extra: { labels: { job: 'ci', branch: 'main', Instance: '' } },
});

const NAMESAKES = aRecorded({
  extra: {
    pushed: 'twice',
    checked_at: 7,
    export_version: '1',
    stale_at: null,
    extra: { extra: {} },
    more: 1,
  },
});

/** What importing the line of a report records. */
const parsed = (report: Report) => parseReportLine(toReportLine(report), HERE);

const good = { repo: 'a', server: 'b', sync_status: 'SYNCED', last_check: '2026-04-21T12:00:00Z' };
const present = {
  ...good,
  received_at: '2026-04-21T12:00:01Z',
  stale_at: '2026-04-21T12:10:00Z',
  export_version: 2,
};

describe('a line of an export', () => {
  test('is the report as it was posted, then its arrival and the end of its validity', () => {
    expect(JSON.parse(toReportLine(aRecorded({ syncStatus: 'OUT_OF_SYNC', files: ['a'] })))).toEqual({
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      sync_status: 'OUT_OF_SYNC',
      drift_count: 1,
      files: [{ name: 'a' }],
      last_check: '2026-04-21T12:00:00.000Z',
      received_at: '2026-04-21T12:00:01.500Z',
      stale_at: '2026-04-21T12:10:00.000Z',
      export_version: 2,
    });
  });

  test('says when the check counts if that differs from its own time, and that it was pushed only if it was', () => {
    expect(JSON.parse(toReportLine(FULL))).toMatchObject({ checked_at: '2026-04-21T12:00:12.345Z' });
    expect(JSON.parse(toReportLine(PUSH))).toMatchObject({
      pushed: true,
      push_group: { branch: 'main', job: 'ci' },
    });
    expect(JSON.parse(toReportLine(PUSH))).not.toHaveProperty('checked_at');
    expect(JSON.parse(toReportLine(FULL))).not.toHaveProperty('pushed');
  });

  test.each([
    ['a full one', FULL],
    ['a push', PUSH],
    ['one that does not know how many files differ', aRecorded({ syncStatus: 'OUT_OF_SYNC' })],
    ['one that clears the labels', aRecorded({ labels: {} })],
    ['one with keys that the line needs for itself', NAMESAKES],
    ['one that counts as long as another server says', aRecorded({ staleAfterMs: 25 * MINUTE })],
  ])('has everything about a report: %s', (_, report) => {
    expect(parsed(report)).toEqual({ report: { ...report, takesOver: false }, omitted: [] });
  });

  test.each(['2026-04-21 12:00:00Z', '2026-04-21t14:00:00+02:00', '2026-04-21T11:59:60z'])(
    'has its instants in the spelling %s too',
    (text) => {
      const line = JSON.stringify({ ...present, last_check: text, received_at: text, checked_at: text });
      expect(parseReportLine(line, HERE).report).toMatchObject({
        lastCheckAt: NOON,
        checkedAt: NOON,
        receivedAt: NOON,
      });
    },
  );

  test('that arrived in the future arrives now: a clock was wrong', () => {
    const line = JSON.stringify({ ...present, received_at: '2026-05-01T00:00:00Z' });
    expect(parseReportLine(line, HERE).report).toMatchObject({ checkedAt: NOON, receivedAt: HERE.now });
  });

  test.each([
    [{ ...present, received_at: undefined }, /\/received_at: is required/],
    [{ ...present, received_at: 'today' }, /\/received_at: must be RFC 3339/],
    [{ ...present, received_at: NOON }, /\/received_at: must be text, not a number/],
    [
      { ...present, checked_at: '2026-04-21T12:00:00+0000' },
      /\/checked_at: .*a colon in the offset is missing/,
    ],
    [{ ...present, stale_at: undefined }, /\/stale_at: is required/],
    [{ ...present, stale_at: '2026-04-21T12:00:00Z' }, /\/stale_at: must be after checked_at/],
    [{ ...present, checked_at: '2026-04-21T12:00:01Z' }, /\/checked_at: must not be after last_check/],
    [{ ...present, pushed: 'yes' }, /\/pushed: /],
    [{ ...present, extra: [] }, /\/extra: /],
    [{ ...present, labels: { Env: 'x' } }, /\/labels\/Env: the key must be a lower-case letter/],
    [{ ...present, pushed: true, labels: { job: 1 } }, /\/labels\/job: /],
    [{ ...present, error: 'x' }, /\/error: contradicts SYNCED/],
    [{ ...present, export_version: 3 }, /newer version \(export_version 3\)/],
  ])('is read strictly: %j is refused in words', (line, reason) => {
    expect(() => parseReportLine(JSON.stringify(line), HERE)).toThrow(reason);
  });
});

describe('a line without a version', () => {
  test("may be a report as CI posts it: it arrives now, and has this server's validity", () => {
    const { report, omitted } = parseReportLine(JSON.stringify(good), HERE);
    expect(report).toMatchObject({ lastCheckAt: NOON, staleAfterMs: HERE.staleAfterMs, extra: {} });
    expect(report).not.toHaveProperty('checkedAt');
    expect(report).not.toHaveProperty('receivedAt');
    expect(omitted).toEqual([]);
  });

  test.each([
    ['{"repo": "a"', /^it is not JSON from its character 13 on\.$/],
    ['[]', /^the body: .*expected object/],
    [{ ...good, sync_status: 'GREEN', repo: '' }, /\/repo: must be 1 to 255 .*\/sync_status: must be one of/],
    [{ ...good, last_check: '2026-04-21' }, /\/last_check: must be RFC 3339/],
    [{ ...good, received_at: 'today' }, /\/received_at: must be RFC 3339/],
    [{ ...good, stale_at: '2026-04-21T12:00:00Z' }, /\/stale_at: must be after last_check/],
  ])('%j is refused in words', (line, reason) => {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    expect(() => parseReportLine(text, HERE)).toThrow(reason);
  });
});
