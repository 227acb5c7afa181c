import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What `tsc` exits with where it found errors of types, and wrote everything all the same. */
const BUILT_WITH_TYPE_ERRORS = 2;

/** Tests that start a process start what is shipped: it is built from the sources before the first of them runs. */
export function setup(project: TestProject): void {
  build();
  project.onTestsRerun(async () => build());
}

/** Takes a moment where nothing has changed. Types are for `npm run check` to judge, as for every other test. */
function build(): void {
  const { status } = spawnSync('npm', ['run', 'build', '--silent'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0 && status !== BUILT_WITH_TYPE_ERRORS) throw new Error('`npm run build` failed.');
}
