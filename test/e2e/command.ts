import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SHIPPED_MAIN } from './shipped-program.ts';

/** The result of a command. */
export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the program on a database, in its own process, to its end. */
export async function runCommand(
  databasePath: string,
  args: readonly string[],
  {
    input = '',
    cwd,
    env = {},
  }: { input?: string | Buffer; cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<CommandOutcome> {
  const child = spawn(process.execPath, [SHIPPED_MAIN, ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:${databasePath}`, ...env },
    cwd,
  });
  // A command that ends before it has read everything has no more to say.
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode, stdout, stderr };
}
