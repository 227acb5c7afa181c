import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Bundles the program into a few dozen files: to load each module and package by itself doubles what a start costs.

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(ROOT, 'dist');
const SOURCES = join(ROOT, 'src');
const STATIC = join(SOURCES, 'web/static');

/** What is started by its path: the command line, and what runs in threads and processes of its own. */
const STARTED = [
  'src/main.ts',
  'src/workers/question-worker.ts',
  'src/workers/postgres-question-worker.ts',
  'src/workers/integrity-process.ts',
];

/** Packages that are loaded from `node_modules`. */
const SEPARATE = [
  // Compiled code.
  'better-sqlite3',
  // Starts threads from a file of its own.
  'piscina',
  // Finds its parts in a way that cannot be bundled.
  'jsonc-parser',
  // Loaded while the server runs: until then another build may have replaced the files of this one.
  'badge-maker',
  'nodemailer',
  // Optional for `pg`, and not installed.
  'pg-native',
];

/** What the last build was made from. */
const BUILT_FROM = join(DIST, '.built-from');

const inputs = inputsNow();
const isThere = existsSync(join(DIST, 'main.js')) && existsSync(BUILT_FROM);
if (!isThere || readFileSync(BUILT_FROM, 'utf8') !== inputs) {
  await bundle();
  writeFileSync(BUILT_FROM, inputs);
}

/** Changes if any file changes that the build is made from. */
function inputsNow(): string {
  const files = [
    'build.ts',
    'package.json',
    'package-lock.json',
    ...filesIn(SOURCES).map((name) => join('src', name)),
  ];
  const lines = files.map((name) => {
    const { size, mtimeMs } = statSync(join(ROOT, name));
    return `${name} ${size} ${mtimeMs}\n`;
  });
  return createHash('sha256').update(lines.join('')).digest('hex');
}

async function bundle(): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: STARTED,
    outdir: DIST,
    // All files side by side: what a module finds beside itself is the same whichever file it is in.
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: SEPARATE,
    // Packages in CommonJS load Node's modules with `require`, which a module does not have.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
    },
    write: false,
    logLevel: 'warning',
  });

  const built = new Map(outputFiles.map(({ path, contents }) => [relative(DIST, path), contents]));
  const copied = filesIn(STATIC).map(
    (name) => [join('static', name), readFileSync(join(STATIC, name))] as const,
  );
  replaceDist(new Map([...copied, ...built]));
}

/**
 * A server that starts meanwhile finds all that it needs: only files that differ are written, each at once, and new ones
 * come before those that name them.
 */
function replaceDist(files: ReadonlyMap<string, Uint8Array>): void {
  const before = new Set(filesIn(DIST));
  const added = [...files].filter(([name]) => !before.has(name));
  const changed = [...files].filter(
    ([name, bytes]) => before.has(name) && !readFileSync(join(DIST, name)).equals(bytes),
  );
  for (const [name, bytes] of [...added, ...changed]) write(join(DIST, name), bytes);
  for (const name of before) if (!files.has(name)) rmSync(join(DIST, name), { force: true });
}

function write(path: string, bytes: Uint8Array): void {
  const unfinished = join(dirname(path), `.${process.pid}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, path);
}

/** The paths of all files in a folder, without unfinished ones. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}
