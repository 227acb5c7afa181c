import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { arrows, reachable } from '../house.ts';

const TEXT = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');

/** The imports between folders; the adapters of `store` count as folders. */
const IMPORTS = arrows({ adapters: true });

function written(pairs: Iterable<readonly [string, string]>): Set<string> {
  return new Set([...pairs].map(([from, to]) => `${from} → ${to}`));
}

test('the picture has exactly the arrows for imports that no longer path explains', () => {
  const [, picture = ''] = /```mermaid\n([\s\S]*?)```/.exec(TEXT) ?? [];
  const names = new Map(
    [...picture.matchAll(/(\w+)\["([^"<]+)/g)].map(([, id = '', name = '']) => [id, name]),
  );
  const nameOf = (id: string) => names.get(id) ?? id;
  const drawn = [...picture.matchAll(/^ +(\w+)(?:\["[^"]*"\])? --> (.+)$/gm)].flatMap(
    ([, from = '', to = '']) => to.split(' & ').map((one) => [nameOf(from), nameOf(one)] as const),
  );
  const needed = [...IMPORTS].flatMap(([from, tos]) =>
    [...tos]
      .filter((to) => ![...tos].some((other) => other !== to && reachable(other, IMPORTS).has(to)))
      .map((to) => [from, to] as const),
  );
  expect(written(drawn)).toEqual(written(needed));
});

test('the table has every folder, with everything that it uses', () => {
  const rows = [...TEXT.matchAll(/^\| `([\w./]+?)\/?` \| .* \| (.*) \|$/gm)];
  const documented = rows.map(
    ([, folder = '', uses = '']) => [folder, uses === 'nothing' ? [] : uses.split(', ').sort()] as const,
  );
  const rooms = new Set([...IMPORTS.keys(), ...[...IMPORTS.values()].flatMap((tos) => [...tos])]);
  const imported = [...rooms].map((room) => [room, [...(IMPORTS.get(room) ?? [])].sort()] as const);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(imported));
});
