import { describe, expect, test } from 'vitest';
import { parseReportLine, toReportLine } from '../../src/commands/report-line.ts';
import { aReport, DAY, MINUTE, NOON } from '../fixtures.ts';

const HERE = { now: NOON + DAY, staleAfterMs: 10 * MINUTE };

const FULL = aReport({
  syncStatus: 'OUT_OF_SYNC',
  files: ['b', 'a'],
  driftCount: 7,
  receivedAt: NOON + 12_345,
  staleAfterMs: 3 * MINUTE,
  expectedIntervalS: 60,
  commit: 'abc',
  branch: 'main',
  tool: 'ansible',
  error: 'half of it\nfailed',
  errorKind: 'unreachable',
  runUrl: 'https://ci.example/1',
  durationMs: 1234,
  extra: { team: { name: 'ops', on_call: [1, 'two', null] }, files_total: 9 },
});

describe('a line of an export', () => {
  test('is the report as it was posted, then when it arrived and until when it counts', () => {
    expect(JSON.parse(toReportLine(aReport({ syncStatus: 'OUT_OF_SYNC', files: ['a'] })))).toEqual({
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      sync_status: 'OUT_OF_SYNC',
      drift_count: 1,
      files: [{ name: 'a' }],
      last_check: '2026-04-21T12:00:00.000Z',
      received_at: '2026-04-21T12:00:01.500Z',
      stale_at: '2026-04-21T12:10:00.000Z',
    });
  });

  test('holds all there is to know about a report', () => {
    expect(parseReportLine(toReportLine(FULL), HERE)).toEqual(FULL);
  });

  test('says how long the report counts, whatever the setting is where it comes to', () => {
    const posted = aReport({ staleAfterMs: 25 * MINUTE });
    expect(parseReportLine(toReportLine(posted), HERE)).toEqual(posted);
  });

  test('may be a report as CI posts it: then it arrives now, and counts as long as here', () => {
    const line = { repo: 'a', server: 'b', sync_status: 'SYNCED', last_check: '2026-04-21T12:00:00Z' };
    expect(parseReportLine(JSON.stringify(line), HERE)).toMatchObject({
      checkedAt: NOON,
      receivedAt: HERE.now,
      staleAfterMs: HERE.staleAfterMs,
      extra: {},
    });
  });

  const good = { repo: 'a', server: 'b', sync_status: 'SYNCED', last_check: '2026-04-21T12:00:00Z' };
  test.each([
    ['{"repo": "a"', /^is not JSON: /],
    ['[]', /^the body: .*expected object/],
    [{ ...good, sync_status: 'GREEN', repo: '' }, /\/repo: must be 1 to 255 .*\/sync_status: must be one of/],
    [{ ...good, last_check: '2026-04-21' }, /\/last_check: must be RFC 3339/],
    [{ ...good, last_check: '2026-04-22T12:05:01Z' }, /more than 5 minutes ahead/],
    [{ ...good, received_at: 'today' }, /\/received_at: must be RFC 3339/],
    [{ ...good, received_at: '2026-04-22T12:05:01Z' }, /\/received_at: must not be in the future/],
    [{ ...good, stale_at: '2026-04-21T12:00:00Z' }, /\/stale_at: must be after last_check/],
  ])('%j is refused in words', (line, reason) => {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    expect(() => parseReportLine(text, HERE)).toThrow(reason);
  });
});
