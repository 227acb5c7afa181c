import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/domain/report.ts';
import type { Recorded } from '../../src/store/store.ts';
import { packRecorded, packReport, unpackRecorded, unpackReport } from '../../src/threads/packed.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';

/** No two of its fields are the same, so that none can be taken for another. */
const FULL: Report = {
  target: { repo: 'rsyslog', server: 'rsyslog-lab' },
  checkedAt: NOON,
  receivedAt: NOON + 1,
  finding: {
    syncStatus: 'OUT_OF_SYNC',
    driftCount: 7,
    files: [{ name: 'a.conf', change: 'modified', hunks: [1, null] }],
  },
  staleAfterMs: 9 * MINUTE,
  expectedIntervalS: 180,
  commit: 'c0ffee',
  branch: 'main',
  tool: 'ansible',
  error: 'no route to host',
  errorKind: 'unreachable',
  runUrl: 'https://ci.example/7',
  durationMs: 4000,
  extra: { ci: { job: 'drift', tries: [1, 2] }, note: '€ \u{1f600}' },
};

describe('on its way to another thread and out again', () => {
  test.each([
    ['with everything', FULL],
    ['with as little as can be', aReport()],
  ])('a report %s stays what it is', (_, report) => {
    expect(unpackReport(structuredClone(packReport(report)))).toStrictEqual(report);
  });

  test.each<[string, Recorded['incident']]>([
    ['with an incident', { id: 3, openedAt: NOON - 2, cause: 'host_changed' }],
    ['without one', undefined],
  ])('what came of it stays so too, %s', (_, incident) => {
    const recorded = { recorded: 'new', change: 'late', since: NOON, staleAt: NOON + 1, incident } as const;
    expect(unpackRecorded(structuredClone(packRecorded(recorded)))).toStrictEqual(recorded);
  });
});
