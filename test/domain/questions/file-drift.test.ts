import { describe, expect, test } from 'vitest';
import { findingOf } from '../../../src/domain/finding.ts';
import { foldHistory } from '../../../src/domain/history.ts';
import { fileDrifts } from '../../../src/domain/questions/file-drift.ts';
import { MINUTE } from '../../fixtures.ts';

/** One report a minute: the files that differ, `-` for SYNCED, `?` for UNKNOWN. */
function historyOf(...reports: string[]) {
  return foldHistory(
    reports.map((files, i) => {
      const syncStatus = files === '-' ? 'SYNCED' : files === '?' ? 'UNKNOWN' : 'OUT_OF_SYNC';
      const names = syncStatus === 'OUT_OF_SYNC' ? files.split(' ') : [];
      const finding = findingOf({ syncStatus, files: names.map((name) => ({ name })) });
      return {
        checkedAt: i * MINUTE,
        receivedAt: i * MINUTE,
        staleAt: (i + 2) * MINUTE,
        finding: { id: reports.indexOf(files), ...finding },
        commit: undefined,
        runUrl: undefined,
        afterDeploy: false,
      };
    }),
  );
}

const HOUR_RANGE = { from: 0, to: 60 * MINUTE };

describe('the files that drift most', () => {
  test('are sorted by the time they were known to differ, summed over targets, without silence', () => {
    const drifts = fileDrifts(
      [historyOf('a', '-', 'a b', 'b', '-'), historyOf('-', 'b', 'b', '-')],
      HOUR_RANGE,
    );
    expect(drifts).toEqual([
      {
        name: 'b',
        targets: 2,
        incidents: 2,
        driftedMs: 4 * MINUTE,
        firstSeenAt: MINUTE,
        lastSeenAt: 3 * MINUTE,
        open: false,
      },
      {
        name: 'a',
        targets: 1,
        incidents: 2,
        driftedMs: 2 * MINUTE,
        firstSeenAt: 0,
        lastSeenAt: 2 * MINUTE,
        open: false,
      },
    ]);
    const [silent] = fileDrifts([historyOf('a')], HOUR_RANGE);
    expect(silent).toMatchObject({ driftedMs: 2 * MINUTE, open: true });
  });

  test('are still open if the last check that could tell saw them, and not if it saw others', () => {
    const drifts = fileDrifts([historyOf('a b', 'b', '?')], HOUR_RANGE);
    expect(drifts.map(({ name, open }) => [name, open])).toEqual([
      ['b', true],
      ['a', false],
    ]);
  });

  test('do not include files that drifted only after the range', () => {
    expect(
      fileDrifts([historyOf('a', '-', 'b')], { from: 0, to: 2 * MINUTE }).map(({ name }) => name),
    ).toEqual(['a']);
  });

  test('count an incident even if its list was cut before their names', () => {
    const { periods, incidents } = historyOf('a', 'z', '-', 'z', '-');
    const cut = incidents.map((incident) => ({ ...incident, files: { names: ['a'], isCut: true } }));
    const found = fileDrifts([{ periods, incidents: cut }], HOUR_RANGE);
    expect(found.map(({ name, incidents }) => [name, incidents])).toEqual([
      ['z', 2],
      ['a', 2],
    ]);
  });

  test('count only the time inside the range', () => {
    const [drift] = fileDrifts([historyOf('a', 'a', 'a', '-')], { from: MINUTE, to: 2 * MINUTE });
    expect(drift).toMatchObject({ driftedMs: MINUTE, firstSeenAt: 0, lastSeenAt: 2 * MINUTE });
  });
});
