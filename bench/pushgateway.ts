import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Target } from '../src/domain/target.ts';

interface Pushgateway {
  readonly port: number;
  /** One group per target, as repos pushed it before there was this server. */
  push(target: Target): Promise<void>;
  stop(): Promise<void>;
}

/** The real one, on a free port of loopback; undefined where it is not installed. */
export async function startPushgateway(): Promise<Pushgateway | undefined> {
  const child = spawn('prometheus-pushgateway', ['--web.listen-address=127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await new Promise<number | undefined>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, listening] = /msg="Listening on" address=\S+:(\d+)/.exec(line) ?? [];
      if (listening !== undefined) resolve(Number(listening));
    });
    child.once('error', () => resolve(undefined));
    child.once('close', () => resolve(undefined));
  });
  if (port === undefined) return undefined;
  return {
    port,
    async push({ repo, server }) {
      const url = `http://127.0.0.1:${port}/metrics/job/drift/repo/${repo}/server/${server}`;
      const body = '# TYPE gitops_sync_status gauge\ngitops_sync_status 1\n';
      const { status } = await fetch(url, { method: 'PUT', body });
      if (status !== 200) throw new Error(`Pushgateway answered ${status}`);
    },
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
