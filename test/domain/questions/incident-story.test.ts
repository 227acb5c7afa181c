import { describe, expect, test } from 'vitest';
import { findingOf, type SyncStatus } from '../../../src/domain/finding.ts';
import { foldHistory } from '../../../src/domain/history.ts';
import { incidentStory, lastDriftOf } from '../../../src/domain/questions/incident-story.ts';
import { sameFilesAs } from '../../../src/domain/questions/same-files.ts';
import { MINUTE, NOON } from '../../fixtures.ts';

type Said = readonly [minute: number, status: SyncStatus, commit?: string | undefined, files?: string];

/** The story of the last incident, up to an instant. Each check is valid for ten minutes. */
function storyOf(reports: readonly Said[], { from = -180, to }: { from?: number; to: number }) {
  const { periods, incidents } = foldHistory(
    reports.map(([minute, syncStatus, commit, files]) => ({
      checkedAt: NOON + minute * MINUTE,
      receivedAt: NOON + minute * MINUTE,
      staleAt: NOON + (minute + 10) * MINUTE,
      finding: {
        id: reports.findIndex(([, status, , names]) => status === syncStatus && names === files),
        ...findingOf({ syncStatus, files: files?.split(' ').map((name) => ({ name })) }),
      },
      commit,
      runUrl: `https://ci.example/${minute}`,
      afterDeploy: false,
    })),
  );
  const incident = incidents.at(-1);
  if (incident === undefined) throw new Error('There is no incident.');
  const range = { from: NOON + from * MINUTE, to: NOON + to * MINUTE };
  const story = incidentStory(incident, { tracked: { declaredAt: undefined, periods }, range });
  const minuteOf = (at: number) => (at - NOON) / MINUTE;
  return {
    story: story.map((one) => [minuteOf(one.at), one.kind]),
    details: story,
    lastDrift: lastDriftOf(periods, incident)?.finding.files.map(({ name }) => name),
    minuteOf,
  };
}

describe('the story of an incident', () => {
  test('begins with the last check in sync, and ends with what resolved it', () => {
    const { story, details } = storyOf(
      [
        [0, 'SYNCED', 'a'],
        [5, 'SYNCED', 'a'],
        [10, 'OUT_OF_SYNC', 'a', 'x'],
        [15, 'OUT_OF_SYNC', 'a', 'x'],
        [20, 'SYNCED', 'b'],
      ],
      { to: 25 },
    );
    expect(story).toEqual([
      [20, 'resolved'],
      [10, 'opened'],
      [5, 'in_sync'],
    ]);
    expect(details).toMatchObject([
      { by: 'commit', commit: 'b', runUrl: 'https://ci.example/20' },
      { count: 1, commit: 'a', isNewCommit: false, runUrl: 'https://ci.example/10' },
      { commit: 'a' },
    ]);
  });

  test('has changes of files or commit, and nothing that stayed the same', () => {
    const { story, details, lastDrift } = storyOf(
      [
        [0, 'SYNCED', 'a'],
        [5, 'OUT_OF_SYNC', 'b', 'x'],
        [10, 'OUT_OF_SYNC', 'b', 'x y'],
        [15, 'UNKNOWN', 'b'],
        [20, 'OUT_OF_SYNC', 'b', 'x y'],
        [25, 'OUT_OF_SYNC', 'c', 'x y'],
      ],
      { to: 30 },
    );
    expect(story).toEqual([
      [25, 'changed'],
      [15, 'UNKNOWN'],
      [10, 'changed'],
      [5, 'opened'],
      [0, 'in_sync'],
    ]);
    expect(details.map((one) => ('isNewCommit' in one ? [one.count, one.isNewCommit] : []))).toEqual([
      [2, true],
      [],
      [2, false],
      [1, true],
      [],
    ]);
    expect(lastDrift).toEqual(['x', 'y']);
  });

  test('says how long no check could tell or none was reported, and whether that lasts', () => {
    const { details, minuteOf } = storyOf(
      [
        [-60, 'UNKNOWN'],
        [-55, 'UNKNOWN', 'a'],
        [-50, 'SYNCED'],
        [-45, 'OUT_OF_SYNC', undefined, 'x'],
        [0, 'OUT_OF_SYNC', undefined, 'x'],
        [5, 'UNKNOWN'],
      ],
      { to: 10 },
    );
    const spans = details.flatMap((one) => ('until' in one ? [one] : []));
    expect(spans.map(({ kind, at, until }) => [kind, minuteOf(at), until && minuteOf(until)])).toEqual([
      ['UNKNOWN', 5, undefined],
      ['STALE', -35, 0],
      ['UNKNOWN', -60, -50],
    ]);
  });

  test('ends with what resolved it, whatever came later', () => {
    const reports: Said[] = [
      [0, 'OUT_OF_SYNC', undefined, 'x'],
      [5, 'UNKNOWN'],
      [10, 'SYNCED'],
    ];
    const { details, minuteOf } = storyOf(reports, { to: 60 });
    expect(details.map(({ kind, at }) => [kind, minuteOf(at)])).toEqual([
      ['resolved', 10],
      ['UNKNOWN', 5],
      ['opened', 0],
    ]);
    expect(details[1]).toMatchObject({ until: NOON + 10 * MINUTE });
  });

  test('leaves out what was over before its range, and begins with the start of what reaches into it', () => {
    const reports: Said[] = [
      [0, 'UNKNOWN'],
      [9, 'SYNCED'],
      [10, 'OUT_OF_SYNC', undefined, 'x'],
    ];
    expect(storyOf(reports, { from: 9, to: 15 }).story).toEqual([
      [10, 'opened'],
      [9, 'in_sync'],
    ]);
    expect(storyOf(reports, { from: 8, to: 15 }).story.at(-1)).toEqual([0, 'UNKNOWN']);
  });

  test('has no commit if none is reported: then it is not known what resolved it', () => {
    const reports: Said[] = [
      [0, 'OUT_OF_SYNC', undefined, 'x'],
      [5, 'SYNCED'],
    ];
    expect(storyOf(reports, { to: 10 }).details).toMatchObject([
      { kind: 'resolved', by: undefined },
      { kind: 'opened', commit: undefined, isNewCommit: false },
    ]);
  });
});

describe('the same files', () => {
  const of = (...names: string[]) => ({ files: { names, isCut: false } });

  test('have the same set of names, and are unknown without names', () => {
    expect(sameFilesAs(of('a', 'b'))(of('a', 'b'))).toBe(true);
    expect(sameFilesAs(of('a', 'b'))(of('a'))).toBe(false);
    expect(sameFilesAs(of('a'))({ files: { names: ['a'], isCut: true } })).toBe(false);
    expect(sameFilesAs(of())(of())).toBe(false);
  });
});
