import { expect, test } from 'vitest';
import { compareUrgency } from '../../src/domain/urgency.ts';

test('what needs somebody first: drift, then not knowing, then silence, and of each what lasted longest', () => {
  const standings = [
    { state: 'SYNCED', since: 1 },
    { state: 'STALE', since: 2 },
    { state: 'OUT_OF_SYNC', since: 9 },
    { state: 'UNKNOWN', since: 3 },
    { state: 'OUT_OF_SYNC', since: 4 },
  ] as const;
  expect([...standings].sort(compareUrgency).map(({ state, since }) => `${state} ${since}`)).toEqual([
    'OUT_OF_SYNC 4',
    'OUT_OF_SYNC 9',
    'UNKNOWN 3',
    'STALE 2',
    'SYNCED 1',
  ]);
});
