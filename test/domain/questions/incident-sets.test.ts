import { expect, test } from 'vitest';
import { fileListOf } from '../../../src/domain/file-list.ts';
import type { StoredIncident } from '../../../src/domain/incident.ts';
import { incidentSetsOf } from '../../../src/domain/questions/incident-sets.ts';
import { DAY, HOUR, MINUTE, NOON } from '../../fixtures.ts';

function anIncident(
  id: number,
  traits: Partial<StoredIncident> & { names: string[]; minutes?: number },
): StoredIncident {
  const { names, minutes, ...rest } = traits;
  const openedAt = traits.openedAt ?? NOON;
  return {
    id,
    openedAt,
    receivedAt: openedAt,
    resolvedAt: minutes === undefined ? undefined : openedAt + minutes * MINUTE,
    cause: undefined,
    maxDriftCount: names.length,
    files: fileListOf(names),
    unnamed: false,
    openedCommit: undefined,
    resolvedCommit: undefined,
    openedRunUrl: undefined,
    resolvedRunUrl: undefined,
    deployed: undefined,
    ...rest,
  };
}

test('a line per set of files: the open one first, then how often, then the newest', () => {
  const sets = incidentSetsOf(
    [
      anIncident(1, { names: ['a'], minutes: 10, openedAt: NOON - 3 * DAY }),
      anIncident(2, { names: ['a'], minutes: 30, openedAt: NOON - 2 * DAY, cause: 'host_changed' }),
      anIncident(3, { names: ['b'], minutes: 1, openedAt: NOON - 5 * DAY }),
      anIncident(4, { names: ['b', 'a'], openedAt: NOON - HOUR }),
      anIncident(5, { names: ['c'], minutes: 1, openedAt: NOON - DAY }),
      anIncident(6, { names: ['a'], minutes: 1, openedAt: NOON - 9 * DAY, unnamed: true }),
    ],
    NOON,
  );
  expect(
    sets.map(({ files, times, medianMs, latest, isOpen }) => [
      files.names,
      times,
      medianMs,
      latest.id,
      isOpen,
    ]),
  ).toEqual([
    [['a', 'b'], 1, HOUR, 4, true],
    [['a'], 2, 20 * MINUTE, 2, false],
    [['c'], 1, MINUTE, 5, false],
    [['b'], 1, MINUTE, 3, false],
    // Some of its files were not named, so it may be another set.
    [['a'], 1, MINUTE, 6, false],
  ]);
  expect(sets[1]?.latest.cause).toBe('host_changed');
});

test('an incident that opened by a clock ahead of ours has no duration', () => {
  expect(incidentSetsOf([anIncident(1, { names: [], openedAt: NOON + 1 })], NOON)).toMatchObject([
    { medianMs: 0 },
  ]);
});
