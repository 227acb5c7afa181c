import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server in its own process, on a free port of loopback. */
export interface Child {
  readonly port: number;
  readonly pid: number;
  /** Sends SIGTERM and resolves to the exit code; null if a signal ended it. */
  stop(): Promise<number | null>;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The port in a line of its output that says where it listens; undefined for any other line. */
  readonly portIn: (line: string) => number | undefined;
}

/** Linux counts processor time in this unit, on every architecture that Node supports. */
const MS_PER_TICK = 10;

/** Resolves once it listens. If it ends before that, throws with its output. */
export async function startChild({ file, args, env, portIn }: Command): Promise<Child> {
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  // It comes before the handler that removes its files.
  process.prependOnceListener('exit', kill);
  const output: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        output.push(line);
        const listening = portIn(line);
        if (listening !== undefined) resolve(listening);
      });
    }
    child.once('error', reject);
    child.once('close', () => reject(new Error(`${file} ${args.join(' ')} ended:\n${output.join('\n')}`)));
  });
  return {
    port,
    pid: child.pid ?? Number.NaN,
    async stop() {
      process.off('exit', kill);
      // A process that has ended already sends no more `close`.
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      const [code] = await closed;
      return code;
    },
  };
}

/** Whether the kernel reports what a process uses. Linux does. */
export function canObserve(): boolean {
  return existsSync('/proc/self/stat');
}

/** Processor time of all threads of a process so far, in milliseconds; NaN if the kernel does not report it. */
export function cpuMs(pid: number): number {
  if (!canObserve()) return Number.NaN;
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** The fields after the name of the program, which is in parentheses and may have any character. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The same of a process that starts others, with those, also if they have ended. */
export function familyCpuMs(pid: number): number {
  if (!canObserve()) return Number.NaN;
  const own = cpuTicks(pid);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => cpuTicks(Number(name)))
    .filter((one) => one?.parent === pid);
  const ticks = children.reduce((sum, child) => sum + (child?.own ?? 0), (own?.own ?? 0) + (own?.ended ?? 0));
  return ticks * MS_PER_TICK;
}

/** Undefined if it has ended meanwhile. */
function cpuTicks(pid: number): { parent: number; own: number; ended: number } | undefined {
  try {
    const fields = statOf(pid);
    const sum = (...places: number[]) => places.reduce((all, place) => all + Number(fields[place]), 0);
    return { parent: Number(fields[1]), own: sum(11, 12), ended: sum(13, 14) };
  } catch {
    return undefined;
  }
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
