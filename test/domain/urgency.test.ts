import { expect, test } from 'vitest';
import { compareDrift, compareUrgency } from '../../src/domain/urgency.ts';

test('the order of urgency: drift, then unknown, then silence, and within each the longest', () => {
  const states = [
    { state: 'SYNCED', since: 1 },
    { state: 'STALE', since: 2 },
    { state: 'OUT_OF_SYNC', since: 9 },
    { state: 'UNKNOWN', since: 3 },
    { state: 'OUT_OF_SYNC', since: 4 },
  ] as const;
  expect([...states].sort(compareUrgency).map(({ state, since }) => `${state} ${since}`)).toEqual([
    'OUT_OF_SYNC 4',
    'OUT_OF_SYNC 9',
    'UNKNOWN 3',
    'STALE 2',
    'SYNCED 1',
  ]);
});

test('the worse drift: the worse state, then the more files; an unknown count is less than a known one', () => {
  const drifts = [
    { state: 'SYNCED', driftCount: 0 },
    { state: 'OUT_OF_SYNC', driftCount: undefined },
    { state: 'UNKNOWN', driftCount: undefined },
    { state: 'OUT_OF_SYNC', driftCount: 1 },
    { state: 'OUT_OF_SYNC', driftCount: 12 },
  ] as const;
  expect([...drifts].sort(compareDrift).map(({ state, driftCount }) => `${state} ${driftCount}`)).toEqual([
    'OUT_OF_SYNC 12',
    'OUT_OF_SYNC 1',
    'OUT_OF_SYNC undefined',
    'UNKNOWN undefined',
    'SYNCED 0',
  ]);
});
