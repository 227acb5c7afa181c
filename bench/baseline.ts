import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Program } from './servers.ts';

/** The last commit with one writing and one reading thread, and the flags it was started with. */
export const BASELINE_COMMIT = '4bc32c2';
const FLAGS = ['--max-semi-space-size=32', '--heap-growing-percent=50'];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const run = promisify(execFile);

/** Builds that commit in a folder. Undefined if the Git history lacks it, as in a shallow clone. */
export async function buildBaseline(folder: string): Promise<Program | undefined> {
  if (!(await isInHistory())) return undefined;
  mkdirSync(folder);
  const archive = join(folder, 'source.tar');
  await run('git', ['-C', ROOT, 'archive', `--output=${archive}`, BASELINE_COMMIT]);
  await run('tar', ['-xf', archive, '-C', folder]);
  // With the packages of its time: some of them are no longer installed here.
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  await run('npm', ['run', 'build', '--silent'], { cwd: folder });
  return { name: BASELINE_COMMIT, main: join(folder, 'dist', 'main.js'), flags: FLAGS };
}

async function isInHistory(): Promise<boolean> {
  try {
    await run('git', ['-C', ROOT, 'cat-file', '-e', `${BASELINE_COMMIT}^{commit}`]);
    return true;
  } catch {
    return false;
  }
}
