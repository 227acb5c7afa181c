import { describe, expect, test } from 'vitest';
import { differsOf } from '../../../src/web/models/differs.ts';

const files = (count: number, directory: string) =>
  Array.from({ length: count }, (_, i) => ({ name: `${directory}f${i}`, lines_added: 1, lines_removed: 2 }));
const of = (posted: Parameters<typeof differsOf>[0]['files'], query = {}) =>
  differsOf({ files: posted, driftCount: undefined, resources: undefined }, query).layout;

describe('the list of what differs', () => {
  test('is one list up to twelve files, and by directory above that', () => {
    expect(of(files(12, 'a/')).kind).toBe('flat');
    expect(of(files(13, 'a/')).kind).toBe('directories');
    const layout = of([...files(3, 'a/'), ...files(13, 'b/c/'), ...files(1, '')]);
    expect(layout).toMatchObject({
      kind: 'directories',
      groups: [
        { name: 'b/c/', count: 13, isOpen: true, lines: { added: 13, removed: 26 } },
        { name: 'a/', count: 3, isOpen: false },
        { name: '', count: 1, isOpen: false },
      ],
    });
    const [first] = layout.kind === 'directories' ? layout.groups : [];
    expect(first?.files).toHaveLength(12);
  });

  test('has all files of the selected directory, even of none', () => {
    const all = [...files(20, 'a/'), ...files(3, ''), ...files(2, 'a/b/')];
    const of20 = of(all, { dir: 'a/' });
    expect(of20.kind === 'directory' && of20.group.files).toHaveLength(20);
    expect(of(all, { dir: '.' })).toMatchObject({ kind: 'directory', group: { count: 3 } });
    expect(of(all, { dir: 'none/' })).toMatchObject({ group: { count: 0, lines: undefined } });
  });

  test('trusts no reporter: a value that is no text or no count is left out', () => {
    const strange = { name: 'a', change: 1, task: '', module: null, lines_added: -1, lines_removed: '2' };
    const differs = differsOf(
      {
        files: [strange],
        driftCount: 9,
        resources: [null, 'x', [], { count: 2.5 }, { name: 'p', count: 3 }],
      },
      {},
    );
    expect(differs.layout).toMatchObject({
      group: {
        files: [{ name: 'a', change: undefined, lines: undefined, task: undefined, module: undefined }],
      },
    });
    expect(differs.resources).toEqual([
      { name: undefined, change: undefined, task: undefined, module: undefined, count: 1 },
      { name: 'p', change: undefined, task: undefined, module: undefined, count: 3 },
    ]);
    expect([differs.count, differs.named, differs.unnamed]).toEqual([9, 1, 4]);
    expect(differsOf({ files: [], driftCount: undefined, resources: 'all' }, {}).count).toBe(0);
  });

  test('has no more than fits on a page', () => {
    const layout = of(files(1500, ''), { dir: '.' });
    expect(layout).toMatchObject({ group: { count: 1500 } });
    expect(layout.kind === 'directory' && layout.group.files).toHaveLength(1000);
  });
});
