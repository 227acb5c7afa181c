import { describe, expect, test } from 'vitest';
import { badgeOf, renderBadge } from '../../src/render/badge.ts';
import { MINUTE, NOON } from '../fixtures.ts';

const fresh = { checkedAt: NOON, driftCount: 0, staleAt: NOON + MINUTE };
const synced = { ...fresh, syncStatus: 'SYNCED' } as const;
const unknown = { ...fresh, syncStatus: 'UNKNOWN' } as const;
const drifted = { ...fresh, syncStatus: 'OUT_OF_SYNC', driftCount: 3 } as const;
const stale = { ...synced, staleAt: NOON };

const SITUATIONS = [
  ['in-sync', [synced]],
  ['drifted', [drifted]],
  ['drifted-in-unknown-files', [{ ...drifted, driftCount: 0 }]],
  ['unknown', [unknown]],
  ['stale', [stale]],
  ['no-such-target', []],
] as const;

describe('a badge', () => {
  test.each(SITUATIONS)('that says %s looks as agreed', async (name, targets) => {
    const svg = renderBadge(badgeOf('rsyslog-lab', targets, NOON));
    await expect(`${svg}\n`).toMatchFileSnapshot(`badge-${name}.golden.svg`);
  });

  test('says every state in words of its own, so that nobody needs to see its colour', () => {
    const messages = SITUATIONS.map(([, targets]) => badgeOf('lab', targets, NOON).message);
    expect(new Set(messages).size).toBe(SITUATIONS.length);
  });

  test('cannot be made to carry markup', () => {
    expect(renderBadge({ label: '<script>', message: '<a>', color: 'red' })).not.toMatch(/<(script|a)>/);
  });

  test.each([
    ['drift over everything', [synced, stale, unknown, drifted], 'drifted (3)'],
    ['not knowing over silence', [stale, unknown, synced], 'unknown'],
    ['silence over health', [synced, stale], 'stale'],
    ['a silent drift is silence', [{ ...drifted, staleAt: NOON - 1 }], 'stale'],
    ['the larger drift', [drifted, { ...drifted, driftCount: 10 }], 'drifted (10)'],
  ] as const)('puts %s', (_, targets, message) => {
    expect(badgeOf('rsyslog', targets, NOON).message).toBe(message);
  });
});
