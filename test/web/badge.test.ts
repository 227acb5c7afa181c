import { describe, expect, test } from 'vitest';
import { findingOf, type SyncStatus } from '../../src/domain/finding.ts';
import { badgeOf, renderBadge } from '../../src/web/badge.ts';
import { MINUTE, NOON } from '../fixtures.ts';

const aStatus = (syncStatus: SyncStatus, driftCount?: number) => ({
  finding: { id: 1, ...findingOf({ syncStatus, driftCount }) },
  checkedAt: NOON,
  staleAt: NOON + MINUTE,
});

const synced = aStatus('SYNCED');
const unknown = aStatus('UNKNOWN');
const drifted = aStatus('OUT_OF_SYNC', 3);
const driftedSomehow = aStatus('OUT_OF_SYNC');
const stale = { ...synced, staleAt: NOON };

const SITUATIONS = [
  ['in-sync', [synced]],
  ['drifted', [drifted]],
  ['drifted-in-unknown-files', [driftedSomehow]],
  ['unknown', [unknown]],
  ['stale', [stale]],
  ['no-such-target', []],
] as const;

describe('a badge', () => {
  test.each(SITUATIONS)('that says %s looks like its golden file', async (name, targets) => {
    const svg = await renderBadge(badgeOf('rsyslog-lab', targets, NOON));
    await expect(`${svg}\n`).toMatchFileSnapshot(`badge-${name}.golden.svg`);
  });

  test('has its own words for each state, so that nobody needs the colour', () => {
    const messages = SITUATIONS.map(([, targets]) => badgeOf('lab', targets, NOON).message);
    expect(new Set(messages).size).toBe(SITUATIONS.length);
  });

  test('cannot contain markup', async () => {
    expect(await renderBadge({ label: '<script>', message: '<a>', color: 'red' })).not.toMatch(
      /<(script|a)>/,
    );
  });

  test.each([
    ['drift over everything', [synced, stale, unknown, drifted], 'drifted (3)'],
    ['not knowing over silence', [stale, unknown, synced], 'unknown'],
    ['silence over health', [synced, stale], 'stale'],
    ['a silent drift is silence', [{ ...drifted, staleAt: NOON - 1 }], 'stale'],
    ['the larger drift', [drifted, aStatus('OUT_OF_SYNC', 10)], 'drifted (10)'],
    ['a drift of known size over one of unknown', [driftedSomehow, drifted], 'drifted (3)'],
  ] as const)('puts %s', (_, targets, message) => {
    expect(badgeOf('rsyslog', targets, NOON).message).toBe(message);
  });
});
