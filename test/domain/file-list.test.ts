import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileListOf, mergeFileLists, NO_FILES } from '../../src/domain/file-list.ts';

/** Few and long names, so that lists are full, share names, and are cut by count or by bytes. */
const name = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom('', 'x'.repeat(4000), 'é'.repeat(3000)))
  .map(([i, rest]) => `${String(i).padStart(3, '0')}${rest}`);
const names = fc.array(name, { maxLength: 60, size: 'max' });

describe('a list of files', () => {
  test('is the same in any order of merging its parts', () => {
    fc.assert(
      fc.property(names, names, names, (a, b, c) => {
        const [listA, listB, listC] = [a, b, c].map(fileListOf);
        if (listA === undefined || listB === undefined || listC === undefined) return;
        const whole = fileListOf([...a, ...b, ...c]);
        expect(mergeFileLists(mergeFileLists(listA, listB), listC)).toEqual(whole);
        expect(mergeFileLists(listC, mergeFileLists(listB, listA))).toEqual(whole);
      }),
    );
  });

  test('has at most 1,000 names, the first by code unit, and says that there were more', () => {
    const many = Array.from({ length: 1001 }, (_, i) => `file-${String(i).padStart(4, '0')}`);
    expect(fileListOf(many.slice(0, 1000))).toEqual({ names: many.slice(0, 1000), isCut: false });
    expect(fileListOf(many.reverse())).toEqual({ names: [...many].sort().slice(0, 1000), isCut: true });
  });

  test('never has more than 64 KiB', () => {
    fc.assert(
      fc.property(names, (list) => {
        const bytes = fileListOf(list).names.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
        expect(bytes).toBeLessThanOrEqual(64 * 1024);
      }),
    );
  });

  test('is the same object if nothing is added', () => {
    const list = fileListOf(['a', 'b']);
    expect(mergeFileLists(list, fileListOf(['b']))).toBe(list);
    expect(mergeFileLists(list, NO_FILES)).toBe(list);
  });
});
