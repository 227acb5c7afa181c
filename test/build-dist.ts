import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The exit code of `tsc` if it found type errors but wrote everything. */
const BUILT_WITH_TYPE_ERRORS = 2;

/** Tests that start a process start the shipped program: it is built from the sources before the first test. */
export function setup(project: TestProject): void {
  build();
  project.onTestsRerun(async () => build());
}

/** Takes a moment if nothing has changed. `npm run check` judges the types, as for every other test. */
function build(): void {
  const { status } = spawnSync('npm', ['run', 'build', '--silent'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0 && status !== BUILT_WITH_TYPE_ERRORS) throw new Error('`npm run build` failed.');
}
