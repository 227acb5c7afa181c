import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PYTHON } from './tools.ts';

/** A client library, and its program in `clients/`, which pushes 1 (`push`), then 0 (`add`), or deletes the group. */
interface PushFamily {
  readonly name: string;
  readonly steps: readonly ('push' | 'add' | 'delete')[];
  /** What runs it, before the URL and the step. */
  readonly command: readonly [string, ...string[]];
  /** The file that exists if it is compiled. */
  readonly built?: string;
}

const CLIENTS = fileURLToPath(new URL('clients', import.meta.url));
/** Where `clients/build.sh` puts compiled programs: `.ci/run` compiles Go, `.ci/full` all of them. */
const BUILT = process.env.GITOPS_TEST_PUSH_CLIENTS ?? '';

const STEPS = ['push', 'add', 'delete'] as const;

const java = (name: string) => ({
  name,
  steps: STEPS,
  command: ['java', '-cp', `${join(BUILT, name)}:${join(BUILT, name, 'lib/*')}`, 'Push'] as const,
  built: join(BUILT, name, 'Push.class'),
});

const goBinary = join(BUILT, 'go/push');
const rustBinary = join(BUILT, 'rust/target/debug/push');

const FAMILIES: readonly PushFamily[] = [
  { name: 'python', steps: STEPS, command: [PYTHON, join(CLIENTS, 'push.py')] },
  { name: 'node', steps: STEPS, command: [process.execPath, join(CLIENTS, 'push.mjs')] },
  { name: 'go', steps: STEPS, command: [goBinary], built: goBinary },
  java('java'),
  java('simpleclient'),
  // It cannot delete.
  { name: 'rust', steps: ['push', 'add'], command: [rustBinary], built: rustBinary },
];

/** Those that can run here. For others only the recorded pushes are tested. */
export const FAMILIES_HERE = FAMILIES.filter(
  ({ built }) => built === undefined || (BUILT !== '' && existsSync(built)),
);
export const FAMILY_NAMES = FAMILIES.map(({ name }) => name);

export function recordingOf(family: string): string {
  return fileURLToPath(new URL(`recorded/${family}.json`, import.meta.url));
}
