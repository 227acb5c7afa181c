import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount anything. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-mount-'));
  const isMounted = run('mount', '-t', 'tmpfs', 'tmpfs', folder);
  if (isMounted) run('umount', folder);
  rmSync(folder, { recursive: true });
  return isMounted;
}

/** A separate file system in a folder, removed afterwards. */
export async function withTmpfs(
  folder: string,
  size: string,
  work: (mounted: string) => Promise<void>,
): Promise<void> {
  const mounted = join(folder, 'mounted');
  mkdirSync(mounted);
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', mounted)) throw new Error('Cannot mount.');
  try {
    await work(mounted);
  } finally {
    run('umount', '--lazy', mounted);
  }
}

export function remount(mounted: string, mode: 'ro' | 'rw'): void {
  if (!run('mount', '-o', `remount,${mode}`, mounted)) throw new Error(`Cannot remount ${mounted} ${mode}.`);
}

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
