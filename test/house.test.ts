import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** By room, which rooms its files use. A file beside the rooms is a room of its own. */
function arrows(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of filesIn(SRC).filter((name) => /\.tsx?$/.test(name))) {
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/from '(\.[^']*)'/g)) {
      const [from, to] = [roomOf(file), roomOf(normalize(join(dirname(file), specifier)))];
      if (from !== to) found.set(from, (found.get(from) ?? new Set()).add(to));
    }
  }
  return found;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

function roomOf(file: string): string {
  const [room = ''] = relative(SRC, file).split('/');
  return room;
}

function reachable(from: string, all: ReadonlyMap<string, ReadonlySet<string>>, seen = new Set<string>()) {
  for (const to of all.get(from) ?? []) {
    if (seen.has(to)) continue;
    seen.add(to);
    reachable(to, all, seen);
  }
  return seen;
}

describe('the rooms of src', () => {
  const all = arrows();

  test('never use each other in a circle, types included', () => {
    expect([...all.keys()].filter((room) => reachable(room, all).has(room))).toEqual([]);
  });

  test('the domain uses nothing, and the ports of the store use the domain alone', () => {
    expect(all.get('domain')).toBeUndefined();
    expect([...(all.get('store') ?? [])]).toEqual(['domain']);
  });

  test('only compose.ts and the workers know which database there is', () => {
    const adapter = /from '[^']*\/sqlite\//;
    const files = filesIn(SRC).filter((file) => /\.tsx?$/.test(file) && !file.includes('/store/sqlite/'));
    const knowing = files.filter((file) => adapter.test(readFileSync(file, 'utf8')));
    const names = new Set(knowing.map((file) => relative(SRC, file)));
    expect(names).toEqual(
      new Set(['compose.ts', 'workers/integrity-process.ts', 'workers/question-worker.ts']),
    );
  });
});
