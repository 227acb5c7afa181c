import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SHIPPED_MAIN } from '../e2e/shipped-program.ts';
import { someOf } from '../full-length.ts';

/** Runs `demo` in its own temporary directory. */
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
  const told = text(child.stderr);
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
  expect(await told).toMatch(
    /^demo: filling in 1 day of 3 targets.*\n(?:demo: .* to go\n)*demo: 100 %: \d+ reports of 3 targets recorded in [\d.]+ s\n$/,
  );
  expect(readdirSync(folder).filter((name) => name.startsWith('gitops-status-demo-'))).toEqual([]);
});

test('a database that exists is refused, and stays as it is', async () => {
  const { child } = startDemo('--database', 'package.json');
  const [code] = await once(child, 'exit');
  expect(code).toBe(1);
  expect(existsSync('package.json-wal')).toBe(false);
});

/** Resolves to the whole output and the exit, once a line has matched and the signal was sent. */
async function interrupted(signal: NodeJS.Signals, ...args: string[]) {
  const { child, folder } = startDemo('--targets', '300', '--days', '20', ...args);
  const ended = once(child, 'close');
  const served = text(child.stdout);
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    if (lines.push(line) === 1) child.kill(signal);
  }
  const [exitCode] = await ended;
  const left = readdirSync(folder).filter((name) => name.startsWith('gitops-status-demo-'));
  return { lines, exitCode, left, served: await served, folder };
}

describe('a demo that is interrupted while it fills in', () => {
  const signals: [NodeJS.Signals, number][] = [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ];
  test.each(someOf(signals, 1))(
    'by %s ends with %d, says how far it came, and leaves nothing behind',
    async (signal, code) => {
      const { lines, exitCode, left, served } = await interrupted(signal);
      expect(lines[0]).toMatch(/^demo: filling in 20 days of 300 targets, which takes about \d+ s$/);
      expect(lines.at(-1)).toMatch(
        /^demo: interrupted at \d+ %: [1-9]\d* reports were recorded, and are removed again$/,
      );
      expect(lines.join()).not.toContain('100 %');
      expect({ exitCode, left, served }).toEqual({ exitCode: code, left: [], served: '' });
    },
  );

  test('says where the kept file is', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'gitops-status-demo-kept-')), 'kept.db');
    onTestFinished(() => rmSync(dirname(path), { recursive: true }));
    const { lines, exitCode } = await interrupted('SIGINT', '--database', path);
    expect(lines.at(-1)).toMatch(
      /reports were recorded, and are left in .*kept\.db; no demo continues that file$/,
    );
    expect([exitCode, existsSync(path)]).toEqual([130, true]);
  });
});
