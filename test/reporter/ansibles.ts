import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** One installed Ansible: its version, and the directory for the front of PATH. */
export type Ansible = { readonly version: string; readonly bin: string };

/**
 * The installed Ansibles, oldest first: those whose directories are in GITOPS_TEST_ANSIBLES (made by .ci/ansibles), and
 * the one on PATH.
 */
export const ANSIBLES: readonly Ansible[] = found();

/** The oldest and the newest: a fault of a version between them is mostly also in one of these. */
export const OLDEST_AND_NEWEST = ANSIBLES.filter((_, index) => index === 0 || index === ANSIBLES.length - 1);

function found(): readonly Ansible[] {
  const named = (process.env.GITOPS_TEST_ANSIBLES ?? '').split(':').filter((bin) => bin !== '');
  const onPath = (process.env.PATH ?? '').split(':').find((bin) => existsSync(join(bin, 'ansible-playbook')));
  const bins = onPath === undefined ? named : [...named, onPath];
  const all = bins.flatMap((bin) => {
    const version = versionIn(bin);
    return version === undefined ? [] : [{ version, bin }];
  });
  const first = all.filter(({ version }, index) => all.findIndex((one) => one.version === version) === index);
  return first.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

/** Major and minor: `2.19`. */
function versionIn(bin: string): string | undefined {
  try {
    const told = execFileSync(join(bin, 'ansible-playbook'), ['--version'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return /core (\d+\.\d+)/.exec(told)?.[1];
  } catch {
    return undefined;
  }
}
