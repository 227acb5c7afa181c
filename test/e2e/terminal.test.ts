import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressToOpen } from '../../src/terminal.ts';
import { scratch } from './scratch.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

/** Runs the program on a new terminal until a line matches, and ends it there; resolves to all lines. */
async function onTerminal(args: string, { until }: { until: RegExp }) {
  const { at } = scratch();
  const command = `exec ${process.execPath} ${SHIPPED_MAIN} ${args}`;
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:${at('a.db')}`, SHELL: '/bin/sh', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const lines: string[] = [];
  let isStopped = false;
  for await (const line of createInterface(child.stdout)) {
    lines.push(line.trimEnd());
    if (isStopped || !until.test(line)) continue;
    isStopped = true;
    // The character of Ctrl-C.
    child.stdin.write('\x03');
  }
  const [exitCode] = await ended;
  return { lines, exitCode };
}

const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('on a terminal', () => {
  test('serve prints the address to open, and logs that people can read', async () => {
    const { lines, exitCode } = await onTerminal('serve --port 0', { until: /^Open / });
    const open = lines.filter((line) => line.startsWith('Open '));
    expect(open).toEqual([
      expect.stringMatching(/^Open http:\/\/127\.0\.0\.1:\d+\/ \(Ctrl-C stops the server\)$/),
    ]);
    expect(lines.join('\n')).toMatch(/\[\d\d:\d\d:\d\d\].*INFO.*serving/);
    expect(lines.filter((line) => line.startsWith('{'))).toEqual([]);
    expect(lines.join('\n')).toMatch(/INFO.*stopped/);
    expect(exitCode).toBe(0);
  });

  test('demo prints it too, after its progress', async () => {
    const { lines } = await onTerminal('demo --targets 2 --days 1 --port 0', { until: /^Open / });
    const progress = lines.findIndex((line) => line.startsWith('demo: 100 %'));
    expect(progress).toBeGreaterThan(0);
    expect(lines.findIndex((line) => line.startsWith('Open http://127.0.0.1:'))).toBeGreaterThan(progress);
    expect(lines.filter((line) => line.startsWith('{'))).toEqual([]);
  });
});

test('if stdout is no terminal, every line is JSON, and the options of serve override the settings', async () => {
  const { at } = scratch();
  const args = ['serve', '--host', '::1', '--port', '0', '--database', at('given.db')];
  const child = spawn(process.execPath, [SHIPPED_MAIN, ...args], {
    env: { PATH: process.env.PATH, HOST_FILE: '/none', PORT: '1', DATABASE_URL: `sqlite:${at('set.db')}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: { msg: string }[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line));
    if (lines.at(-1)?.msg === 'serving') child.kill('SIGTERM');
  }
  expect(lines.find(({ msg }) => msg === 'serving')).toMatchObject({
    address: { address: '::1', port: expect.toSatisfy((port: number) => port > 1) },
    database: at('given.db'),
  });
});

test.each([
  [{ host: '127.0.0.1' }, 'http://127.0.0.1:80/'],
  [{ host: '0.0.0.0' }, 'http://127.0.0.1:80/'],
  [{ host: '::' }, 'http://[::1]:80/'],
  [{ host: 'fd00::1' }, 'http://[fd00::1]:80/'],
  [{ host: 'status.lan', basePath: '/drift' }, 'http://status.lan:80/drift/'],
  [{ host: '::1', publicUrl: 'https://status.example.org/drift' }, 'https://status.example.org/drift/'],
])('the address to open for %j is %s', (settings, address) => {
  expect(addressToOpen({ basePath: '', publicUrl: undefined, ...settings }, 80)).toBe(address);
});
