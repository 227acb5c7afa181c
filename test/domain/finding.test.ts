import { describe, expect, test } from 'vitest';
import { canonicalFinding, findingOf } from '../../src/domain/finding.ts';

const drifted = (files: { name: string; [key: string]: string }[], driftCount?: number) =>
  findingOf({ syncStatus: 'OUT_OF_SYNC', driftCount, files });

describe('a finding', () => {
  test('is the same for any order and repetition of its files and of their keys', () => {
    const one = drifted([{ name: 'b', task: 't', change: 'content' }, { name: 'a' }, { name: 'a' }]);
    const other = drifted([{ name: 'a' }, { change: 'content', name: 'b', task: 't' }]);
    expect(canonicalFinding(one)).toBe(canonicalFinding(other));
    expect(one.files.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('differs if anything said about a file differs', () => {
    const content = drifted([{ name: 'a', change: 'content' }]);
    const mode = drifted([{ name: 'a', change: 'attributes' }]);
    expect(canonicalFinding(content)).not.toBe(canonicalFinding(mode));
  });

  test('counts at least its distinct entries, and more if more was said; otherwise the count is unknown', () => {
    expect(drifted([{ name: 'a' }, { name: 'b' }], 1).driftCount).toBe(2);
    expect(drifted([{ name: 'a' }], 7).driftCount).toBe(7);
    expect(
      drifted([
        { name: 'a', task: 'one' },
        { name: 'a', task: 'two' },
      ]).driftCount,
    ).toBe(2);
    expect(drifted([], 0).driftCount).toBeUndefined();
    expect(findingOf({ syncStatus: 'SYNCED' }).driftCount).toBe(0);
  });
});
