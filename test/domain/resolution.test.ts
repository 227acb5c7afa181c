import { describe, expect, test } from 'vitest';
import { resolverOf } from '../../src/domain/resolution.ts';
import { NOON } from '../fixtures.ts';

const WHOLE = '1234567890abcdef1234567890abcdef12345678';

describe('what resolved an incident', () => {
  test.each([
    ['a commit: another one than it opened with', 'a', 'b', 'commit'],
    ['a hand: the commit is the one it opened with', 'a', 'a', 'hand'],
    ['a hand: one name of the commit is the beginning of the other', WHOLE, WHOLE.slice(0, 7), 'hand'],
    ['not known: it opened without a commit', undefined, 'b', undefined],
    ['not known: it was resolved without a commit', 'a', undefined, undefined],
    ['not known: no commit is reported', undefined, undefined, undefined],
  ] as const)('is %s', (_, openedCommit, resolvedCommit, expected) => {
    expect(resolverOf({ resolvedAt: NOON, openedCommit, resolvedCommit })).toBe(expected);
  });

  test('is nothing while it is open', () => {
    expect(resolverOf({ resolvedAt: undefined, openedCommit: 'a', resolvedCommit: 'a' })).toBeUndefined();
  });
});
