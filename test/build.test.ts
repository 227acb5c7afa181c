import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { filesIn } from './house.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = `${ROOT}dist`;

/** `pg` uses it if it is installed, and it is not. */
const OPTIONAL = 'pg-native';

test('a build that changes nothing writes nothing, so that a server that runs is left alone', () => {
  const written = () => filesIn(DIST).map((file) => [file, statSync(file).ino, statSync(file).mtimeMs]);
  const before = written();
  expect(spawnSync('npm', ['run', 'build', '--silent'], { cwd: ROOT }).status).toBe(0);
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
