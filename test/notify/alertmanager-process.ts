import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const gettable = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    startsAt: z.string(),
    endsAt: z.string(),
    generatorURL: z.string(),
    status: z.object({ state: z.string() }),
  }),
);
export type GettableAlert = z.infer<typeof gettable>[number];

/** True if Debian's `prometheus-alertmanager` is missing; it says so. */
export function hasNoAlertmanager(): boolean {
  const isMissing = spawnSync('prometheus-alertmanager', ['--version']).status !== 0;
  if (isMissing) console.warn('skipped: not installed here: prometheus-alertmanager');
  return isMissing;
}

/** A real Alertmanager on a free port of loopback, for one test. It sends to a webhook instead of people. */
export async function startAlertmanager({
  webhook,
  folder = newFolder(),
}: {
  webhook?: string;
  folder?: string;
} = {}) {
  const receiver = { name: 'all', webhook_configs: webhook === undefined ? [] : [{ url: webhook }] };
  const route = { receiver: 'all', group_wait: '1s', group_interval: '1s', group_by: ['alertname'] };
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify({ route, receivers: [receiver] }));
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://${await listening(child)}`;
  return {
    url,
    folder,
    kill: () => ended(child, 'SIGKILL'),
    /** The alerts in it, by server. */
    async alerts(): Promise<readonly GettableAlert[]> {
      const response = await fetch(`${url}/api/v2/alerts`);
      const all = gettable.parse(await response.json());
      return all.sort((a, b) => ((a.labels.server ?? '') < (b.labels.server ?? '') ? -1 : 1));
    },
  };
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'gitops-status-alertmanager-'));
}

function listening(child: ChildProcess): Promise<string> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    if (child.stderr === null) throw new Error('its log is not read');
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const [, address] = /msg="?Listening on"? address=(\S+)/i.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`Alertmanager did not start:\n${log.join('\n')}`)));
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
