import { describe, expect, test } from 'vitest';
import { fileListOf } from '../../src/domain/file-list.ts';
import { findingOf, type SyncStatus } from '../../src/domain/finding.ts';
import { foldHistory } from '../../src/domain/history.ts';

/** A history in short form, one report a minute: status, commit, files. */
function incidentsOf(...reports: [SyncStatus, string | undefined, string?][]) {
  return foldHistory(
    reports.map(([syncStatus, commit, files], i) => ({
      checkedAt: i * 60_000,
      receivedAt: i * 60_000,
      staleAt: (i + 10) * 60_000,
      finding: {
        id: reports.findIndex(([status, , names]) => status === syncStatus && names === files),
        ...findingOf({ syncStatus, files: files?.split(' ').map((name) => ({ name })) }),
      },
      commit,
      runUrl: `https://ci.example/${i}`,
      afterDeploy: false,
    })),
  ).incidents;
}

describe('the cause of an incident', () => {
  test('is host_changed if the commit was SYNCED before', () => {
    const [incident] = incidentsOf(['SYNCED', 'a'], ['OUT_OF_SYNC', 'a', 'x']);
    expect(incident?.cause).toBe('host_changed');
  });

  test('is commit_not_applied if there is a newer commit', () => {
    const [incident] = incidentsOf(['SYNCED', 'a'], ['OUT_OF_SYNC', 'b', 'x']);
    expect(incident?.cause).toBe('commit_not_applied');
  });

  test('is host_changed if one commit is a prefix of the other', () => {
    const whole = '1234567890abcdef1234567890abcdef12345678';
    const causes = [
      [whole, whole.slice(0, 7)],
      [whole.slice(0, 12), whole],
      [whole, whole.slice(0, 6)],
      [whole.slice(0, 12), whole.slice(0, 11)],
    ] as const;
    const found = causes.map(([a, b]) => incidentsOf(['SYNCED', a], ['OUT_OF_SYNC', b, 'x'])[0]?.cause);
    expect(found).toEqual(['host_changed', 'host_changed', 'commit_not_applied', 'commit_not_applied']);
  });

  test('ignores checks that could not tell', () => {
    const [incident] = incidentsOf(['SYNCED', 'a'], ['UNKNOWN', 'b'], ['OUT_OF_SYNC', 'a', 'x']);
    expect(incident?.cause).toBe('host_changed');
  });

  test.each([
    ['drift is the first thing known', [['OUT_OF_SYNC', 'a', 'x']]],
    [
      'the drift has no commit',
      [
        ['SYNCED', 'a'],
        ['OUT_OF_SYNC', undefined, 'x'],
      ],
    ],
    [
      'the last SYNCED had none',
      [
        ['SYNCED', undefined],
        ['OUT_OF_SYNC', 'a', 'x'],
      ],
    ],
  ] as [string, [SyncStatus, string | undefined, string?][]][])('is not known if %s', (_, reports) => {
    expect(incidentsOf(...reports)[0]?.cause).toBeUndefined();
  });
});

describe('an incident', () => {
  test('has all files and the largest count, and where it opened and resolved', () => {
    const incidents = incidentsOf(
      ['SYNCED', 'a'],
      ['OUT_OF_SYNC', 'a', 'y'],
      ['OUT_OF_SYNC', 'a', 'x zz'],
      ['UNKNOWN', 'a'],
      ['OUT_OF_SYNC', 'a', 'y'],
      ['SYNCED', 'b'],
    );
    expect(incidents).toEqual([
      expect.objectContaining({
        openedAt: 60_000,
        resolvedAt: 300_000,
        files: fileListOf(['x', 'y', 'zz']),
        maxDriftCount: 2,
        openedCommit: 'a',
        resolvedCommit: 'b',
        openedRunUrl: 'https://ci.example/1',
        resolvedRunUrl: 'https://ci.example/5',
      }),
    ]);
  });
});
