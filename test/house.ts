import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SRC = fileURLToPath(new URL('../src', import.meta.url));

/**
 * For each folder, the folders that its files use. A file beside the folders counts as a folder; with `adapters` so
 * does a folder of `store`.
 */
export function arrows({ adapters = false } = {}): Map<string, Set<string>> {
  const roomOf = (file: string) => {
    const [room = '', adapter, ...rest] = relative(SRC, file).split('/');
    return adapters && room === 'store' && rest.length > 0 ? `${room}/${adapter}` : room;
  };
  const found = new Map<string, Set<string>>();
  for (const file of filesIn(SRC).filter((name) => /\.tsx?$/.test(name))) {
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from |import\()'(\.[^']*)'/g)) {
      const [from, to] = [roomOf(file), roomOf(normalize(join(dirname(file), specifier)))];
      if (from !== to) found.set(from, (found.get(from) ?? new Set()).add(to));
    }
  }
  return found;
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

export function reachable(
  from: string,
  all: ReadonlyMap<string, ReadonlySet<string>>,
  seen = new Set<string>(),
) {
  for (const to of all.get(from) ?? []) {
    if (seen.has(to)) continue;
    seen.add(to);
    reachable(to, all, seen);
  }
  return seen;
}
