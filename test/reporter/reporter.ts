import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Scratch } from './scratch.ts';

/** GITOPS_TEST_REPORTER names another reporter to test. */
export const REPORTER =
  process.env.GITOPS_TEST_REPORTER ??
  fileURLToPath(new URL('../../reporter/update-gitops-status.sh', import.meta.url));
export const EXAMPLE = fileURLToPath(new URL('../../reporter/examples/rsyslog', import.meta.url));

export type Run = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** For the front of PATH: the Ansible to use. */
  readonly bin?: string | undefined;
};

/** Runs the reporter (or another script) with only the environment of the test. */
export async function runReporter(scratch: Scratch, options: RunOptions = {}): Promise<Run> {
  return outcomeOf(startReporter(scratch, options));
}

export function startReporter(scratch: Scratch, options: RunOptions = {}): ChildProcess {
  return spawn(options.command ?? REPORTER, options.args ?? [], {
    cwd: options.cwd ?? scratch.repo,
    env: {
      PATH: [scratch.bin, ...(options.bin === undefined ? [] : [options.bin]), process.env.PATH ?? ''].join(
        ':',
      ),
      HOME: scratch.home,
      LANG: 'C.UTF-8',
      // A user's own settings of git must not affect a test.
      GIT_CONFIG_GLOBAL: '/dev/null',
      TMPDIR: scratch.root,
      PYTHONDONTWRITEBYTECODE: '1',
      ANSIBLE_LOCALHOST_WARNING: 'false',
      // Version managers put a python3 on PATH that is not everywhere: modules use the system's.
      ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
      // It halves the processes per task.
      ANSIBLE_PIPELINING: 'true',
      ANSIBLE_ASYNC_DIR: `${scratch.home}/async`,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function outcomeOf(child: ChildProcess): Promise<Run> {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...output };
}
