import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../../src/database.ts';
import { ServerProcess } from '../server-process.ts';
import { expectCannotWrite, expectReads, facts, isReady, postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectKept } from './kept.ts';
import { Load } from './load.ts';
import { until } from './until.ts';

test('a database that another process keeps locked refuses reports and readiness, and recovers by itself', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    let server = await ServerProcess.start(path);
    try {
      const load = new Load(server, { repo: 'fleet' });
      for (let i = 0; i < 20; i++) expect((await load.send()).status).toBeLessThan(300);
      const known = await facts(server);
      await whileLocked(path, async () => {
        let refused = 0;
        const waiting = Array.from({ length: 20 }, async () => {
          await expectCannotWrite(await postReport(server));
          refused++;
        });
        // While they wait for the lock, nothing else waits for them; on a slow machine fewer reads fit in.
        let read = 0;
        for (let i = 0; i < 10 && refused === 0; i++) {
          await expectReads(server, known);
          if (refused === 0) read++;
        }
        expect(read).toBeGreaterThan(1);
        await Promise.all(waiting);
        expect((await load.send()).status).toBe(503);
        await expectCannotWrite(await fetch(`${server.url}/readyz`));
      });
      await until('the lock is gone, but it is not ready', () => isReady(server));
      for (const { status } of await load.retry(server)) expect(status).toBe(201);

      server = await expectKept(server, { path, load });
    } finally {
      await server.stop('SIGKILL');
    }
  }));

test('a database that is locked at the start prevents it, with an error that names it', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    await openStore({ databasePath: path }, '0.0.0-test').close();
    await whileLocked(path, async () => {
      const { exitCode, said } = ServerProcess.refusal(path);
      expect([exitCode, said]).toEqual([1, expect.stringContaining(`${path} is locked by another process`)]);
    });
    const server = await ServerProcess.start(path);
    expect(await server.stop()).toBe(0);
  }));

const SQLITE = createRequire(import.meta.url).resolve('better-sqlite3');
const KEEP_LOCKED = `
  const file = new (require(${JSON.stringify(SQLITE)}))(process.argv[1]);
  file.exec('BEGIN IMMEDIATE');
  process.stdout.write('locked');
  process.stdin.resume();
`;

/** Another process holds the write lock while some work is done. */
async function whileLocked(path: string, work: () => Promise<void>): Promise<void> {
  const holder = spawn(process.execPath, ['-e', KEEP_LOCKED, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'close');
  try {
    await Promise.race([once(holder.stdout, 'data'), ended]);
    expect(holder.exitCode).toBeNull();
    await work();
  } finally {
    holder.kill('SIGKILL');
    await ended;
  }
}
