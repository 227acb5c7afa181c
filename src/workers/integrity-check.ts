import { fork } from 'node:child_process';
import { z } from 'zod';
import type { Verdict } from '../store/health.ts';

/**
 * A check may take this long. It reads 100 MB a second and more, so only a database of tens of gigabytes, or a disk
 * that hardly answers, takes longer. While it reads, the log of the database can only grow.
 */
const LIMIT_MS = 10 * 60_000;
const PROCESS = new URL('./integrity-process.js', import.meta.url);

const found = z.array(z.string());

/**
 * Checks a database in a process of its own, which may use a core and block for as long as it takes. It is killed
 * after `limitMs`, or when the signal is aborted.
 */
export async function checkInProcess(
  path: string,
  signal: AbortSignal,
  { program = PROCESS, limitMs = LIMIT_MS }: { program?: URL; limitMs?: number } = {},
): Promise<Verdict> {
  const limit = AbortSignal.timeout(limitMs);
  const child = fork(program, [path], { signal: AbortSignal.any([signal, limit]), killSignal: 'SIGKILL' });
  let message: unknown;
  child.on('message', (received) => {
    message = received;
  });
  // A child that was killed, or could not be started: its end says so too.
  child.on('error', () => undefined);
  const code = await new Promise((resolve) => child.once('close', resolve));
  const problems = found.safeParse(message).data;
  if (problems !== undefined)
    return problems.length === 0 ? { kind: 'sound' } : { kind: 'damaged', problems };
  const reason = limit.aborted ? `it took more than ${limitMs / 1000} s` : `its process ended with ${code}`;
  return { kind: 'unfinished', reason };
}
