import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { SHIPPED_MAIN } from '../e2e/shipped-program.ts';

/** Runs `demo` in a temporary directory of its own. */
function startDemo(...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-demo-test-'));
  const child = spawn(process.execPath, [SHIPPED_MAIN, 'demo', ...args], {
    env: { ...process.env, TMPDIR: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return { child, folder };
}

async function portOf(child: ReturnType<typeof startDemo>['child']): Promise<number> {
  for await (const line of createInterface(child.stdout)) {
    const { msg, address } = JSON.parse(line);
    if (msg === 'serving') return address.port;
  }
  throw new Error('The demo ended before it served.');
}

test('a fleet is filled in and served, with a target whose check never ran, and nothing is left behind', async () => {
  const { child, folder } = startDemo('--targets', '3', '--days', '1');
  const port = await portOf(child);
  const response = await fetch(`http://127.0.0.1:${port}/status.json`);
  expect(await response.json()).toMatchObject([
    { server: 'haproxy-lab' },
    { server: 'nginx-lab' },
    { server: 'postgres-lab', state: 'STALE', last_check: null },
    { server: 'rsyslog-lab' },
  ]);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(readdirSync(folder).filter((name) => name.startsWith('gitops-status-demo-'))).toEqual([]);
});

test('a database that exists is refused, and stays as it is', async () => {
  const { child } = startDemo('--database', 'package.json');
  const [code] = await once(child, 'exit');
  expect(code).toBe(1);
  expect(existsSync('package.json-wal')).toBe(false);
});
