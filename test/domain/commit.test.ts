import { describe, expect, test } from 'vitest';
import { sameCommit } from '../../src/domain/commit.ts';

const SHA1 = '1234567890abcdef1234567890abcdef12345678';
const SHA256 = `${SHA1}${SHA1.slice(0, 24)}`;

describe('the same commit', () => {
  test.each([
    ['any equal texts', 'v1', 'v1', true],
    ['seven digits that begin a whole name', SHA1, SHA1.slice(0, 7), true],
    ['all digits but one', SHA1, SHA1.slice(0, 39), true],
    ['the beginning of a SHA-256 name', SHA256, SHA256.slice(0, 8), true],
    ['a SHA-1 name that begins a SHA-256 name', SHA256, SHA1, true],
    ['six digits', SHA1, SHA1.slice(0, 6), false],
    ['digits from the middle', SHA1, SHA1.slice(1, 9), false],
    ['two short names', SHA1.slice(0, 12), SHA1.slice(0, 8), false],
    ['a longer text that is no whole name', `${SHA1}0`, SHA1, false],
    ['a longer text of other letters', `${SHA1.slice(0, 39)}x`, SHA1.slice(0, 8), false],
    ['nothing', SHA1, '', false],
  ])('%s', (_, a, b, expected) => {
    expect([sameCommit(a, b), sameCommit(b, a)]).toEqual([expected, expected]);
  });
});
