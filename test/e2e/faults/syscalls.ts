import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { ServerProcess } from '../server-process.ts';
import { until } from './until.ts';

/** Whether this process may watch the system calls of another. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
}

/** Makes some system calls on the files of a database fail, in a running server, while some work is done. */
export async function withFailing(
  { server, path, calls, error }: { server: ServerProcess; path: string; calls: string; error: string },
  work: () => Promise<void>,
): Promise<void> {
  const files = [path, `${path}-wal`, `${path}-shm`].flatMap((file) => ['-P', file]);
  const what = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`];
  const tracer = spawn('strace', ['-f', '-p', String(server.pid), ...files, ...what], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(tracer, 'close');
  let said = '';
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  try {
    await until('strace is not attached', () => said.includes('attached'));
    await work();
  } finally {
    tracer.kill('SIGINT');
    await ended;
  }
}
