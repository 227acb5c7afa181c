import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.ts';

/** A build of this server. */
export interface Program {
  readonly name: string;
  readonly main: string;
  /** For Node. */
  readonly flags: readonly string[];
}

/** `npm run bench` has built it. */
export const CURRENT: Program = {
  name: 'now',
  main: fileURLToPath(new URL('../dist/main.js', import.meta.url)),
  flags: [],
};

const BARE = fileURLToPath(new URL('./bare-server.ts', import.meta.url));

interface Options {
  readonly program?: Program;
  /** How much longer every flush to the disk takes. */
  readonly flushDelayMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The server as `npm start` starts it, on a new database. */
export function startServer(
  databasePath: string,
  { program = CURRENT, flushDelayMs, env = {} }: Options = {},
): Promise<Child> {
  const command = [process.execPath, ...program.flags, program.main];
  const [file = '', ...args] = flushDelayMs === undefined ? command : withSlowDisk(command, flushDelayMs);
  return startChild({
    file,
    args,
    env: { PORT: '0', DATABASE_URL: `sqlite:${databasePath}`, ...env },
    portIn: (line) => {
      const { msg, address } = asJson(line);
      return msg === 'serving' ? address.port : undefined;
    },
  });
}

/** The framework without the service. */
export function startBareServer(): Promise<Child> {
  return startChild({
    file: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), BARE],
    portIn: (line) => (/^\d+$/.test(line) ? Number(line) : undefined),
  });
}

/** Whether strace is installed and may trace. */
export function canSlowDisk(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** `-D` leaves the traced process a child of this one, and `--seccomp-bpf` stops it at no other call. */
function withSlowDisk(command: readonly string[], delayMs: number): readonly string[] {
  const inject = `inject=fsync,fdatasync:delay_exit=${delayMs * 1000}`;
  const strace = ['strace', '-D', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync'];
  return [...strace, '-e', inject, ...command];
}

/** A server that fails to start also says things that are not JSON. */
function asJson(line: string) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
