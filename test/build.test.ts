import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { filesIn } from './house.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = `${ROOT}dist`;
/** What the last build was made from. */
const BUILT_FROM = `${DIST}/.built-from`;

/** `pg` uses it if it is installed, and it is not. */
const OPTIONAL = 'pg-native';

/** Every file of the program, and when it was written. */
const written = () =>
  filesIn(DIST)
    .filter((file) => file !== BUILT_FROM)
    .map((file) => [file, statSync(file).ino, statSync(file).mtimeMs]);

function build(): void {
  expect(spawnSync('npm', ['run', 'build', '--silent'], { cwd: ROOT }).status).toBe(0);
}

test('nothing is compiled if nothing has changed', () => {
  const { ino, mtimeMs } = statSync(BUILT_FROM);
  build();
  expect(statSync(BUILT_FROM)).toMatchObject({ ino, mtimeMs });
});

test('a build that changes nothing writes nothing, so that a server that runs is left alone', () => {
  const before = written();
  const inputs = readFileSync(BUILT_FROM, 'utf8');
  writeFileSync(BUILT_FROM, 'other sources');
  build();
  expect(readFileSync(BUILT_FROM, 'utf8')).toBe(inputs);
  expect(written()).toEqual(before);
});

test('what the program loads from packages is installed without those of its development', () => {
  const { dependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const built = filesIn(DIST).filter((file) => !file.includes('/static/'));
  const loaded = built.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(LOADS)].map(([, name = '']) => name),
  );
  const packages = new Set(loaded.filter((name) => !isBuiltin(name)));
  expect(packages).toContain('better-sqlite3');
  expect([...packages].filter((name) => !(name in dependencies))).toEqual([OPTIONAL]);
});

/** `import … from "name"`, `import("name")` and `__require("name")`, as esbuild writes them. */
const LOADS = /(?:^(?:import|\}) .*from |^import |\bimport\(|require\()"([^".][^"]*)"/gm;
