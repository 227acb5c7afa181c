import { closeSync, openSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ServerProcess } from '../server-process.ts';
import { expectCannotWrite, expectReads, facts, isReady, postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectKept } from './kept.ts';
import { Load } from './load.ts';
import { canMount, withTmpfs } from './tmpfs.ts';
import { until } from './until.ts';

const MIB = 1024 * 1024;

describe.skipIf(!canMount())('a full disk', () => {
  test('refuses reports and readiness, still reads, and recovers by itself when there is room', () =>
    withFolder((folder) =>
      withTmpfs(folder, '8m', async (mounted) => {
        const path = join(mounted, 'status.db');
        const ballast = join(mounted, 'ballast');
        writeFileSync(ballast, Buffer.alloc(6 * MIB));
        let server = await ServerProcess.start(path);
        try {
          const load = new Load(server, { repo: 'fleet' });
          let status: number | undefined;
          do status = (await load.send()).status;
          while (status === 200 || status === 201);
          expect(status).toBe(503);
          const known = await facts(server);

          for (let i = 0; i < 5; i++) {
            await expectCannotWrite(await fetch(`${server.url}/readyz`));
            await expectCannotWrite(
              await postReport(server, { sync_status: 'UNKNOWN', error: 'x'.repeat(16_000) }),
            );
          }
          await expectReads(server, known);
          await expectExactlyOnce(server, 'fleet', load);

          rmSync(ballast);
          await until('there is room, but it is not ready', () => isReady(server));
          for (const retried of await load.retry(server)) expect(retried.status).toBe(201);

          server = await expectKept(server, { path, load });
        } finally {
          await server.stop('SIGKILL');
        }
      }),
    ));

  test('under a server that starts: it answers so, tries again, and is ready once there is room', () =>
    withFolder((folder) =>
      withTmpfs(folder, '1m', async (mounted) => {
        const path = join(mounted, 'status.db');
        const ballast = fill(mounted, MIB);
        const waiting = await ServerProcess.start(path, { until: 'waiting for room on the disk' });
        try {
          await expectWaits(waiting);
          rmSync(ballast);
          await until('there is room, but it is not ready', () => isReady(waiting));
          expect((await postReport(waiting)).status).toBe(201);
          expect(await waiting.stop()).toBe(0);
        } finally {
          await waiting.stop('SIGKILL');
        }
      }),
    ));

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'under a server that was ended by %s and starts again: it reads if it can, and accepts reports once there is room',
    (signal) =>
      withFolder((folder) =>
        withTmpfs(folder, '4m', async (mounted) => {
          const path = join(mounted, 'status.db');
          const first = await ServerProcess.start(path);
          const load = new Load(first, { repo: 'fleet' });
          for (let i = 0; i < 50; i++) expect((await load.send()).status).toBeLessThan(300);
          const known = await facts(first);
          await first.stop(signal);
          // Room for the index of the log, and for nothing else.
          const ballast = fill(mounted, 4 * MIB, 48 * 1024);
          let server = await ServerProcess.start(path);
          try {
            await expectReads(server, known);
            await expectExactlyOnce(server, 'fleet', load);
            let sent = 0;
            const big = () => ({ sync_status: 'UNKNOWN', error: `${sent++} ${'x'.repeat(16_000)}` });
            await until('there was room', async () => (await postReport(server, big())).status === 503);
            rmSync(ballast);
            await until('there is room, but it is not ready', () => isReady(server));
            expect((await postReport(server)).status).toBe(201);
            server = await expectKept(server, { path, load });
          } finally {
            await server.stop('SIGKILL');
          }
        }),
      ),
  );

  test('without room for the index of the log: it waits, however it was ended, and loses nothing', () =>
    withFolder((folder) =>
      withTmpfs(folder, '4m', async (mounted) => {
        const path = join(mounted, 'status.db');
        const first = await ServerProcess.start(path);
        const load = new Load(first, { repo: 'fleet' });
        for (let i = 0; i < 50; i++) expect((await load.send()).status).toBeLessThan(300);
        await first.stop();
        const ballast = fill(mounted, 4 * MIB);
        const waiting = await ServerProcess.start(path, { until: 'waiting for room on the disk' });
        let server = waiting;
        try {
          await expectWaits(waiting);
          rmSync(ballast);
          await until('there is room, but it is not ready', () => isReady(waiting));
          server = await expectKept(waiting, { path, load });
        } finally {
          await waiting.stop('SIGKILL');
          await server.stop('SIGKILL');
        }
      }),
    ));

  test('under a server that waits: it can be stopped', () =>
    withFolder((folder) =>
      withTmpfs(folder, '1m', async (mounted) => {
        fill(mounted, MIB);
        const path = join(mounted, 'status.db');
        const waiting = await ServerProcess.start(path, { until: 'waiting for room on the disk' });
        expect(await waiting.stop()).toBe(0);
      }),
    ));
});

/** Fills a file system except for some bytes. */
function fill(mounted: string, size: number, left = 0): string {
  const ballast = join(mounted, 'ballast');
  const file = openSync(ballast, 'w');
  try {
    for (let written = 0; written < size; written += 4096) writeSync(file, Buffer.alloc(4096, 1));
  } catch {
    // It is full, as intended.
  } finally {
    closeSync(file);
  }
  if (left > 0) truncateSync(ballast, statSync(ballast).size - left);
  return ballast;
}

async function expectWaits(server: ServerProcess): Promise<void> {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  for (const path of ['/readyz', '/', '/status.json', '/metrics', '/nothing']) {
    await expectCannotWrite(await fetch(`${server.url}${path}`));
  }
  await expectCannotWrite(await postReport(server));
  const answer = await fetch(`${server.url}/readyz`);
  expect(await answer.json()).toMatchObject({
    detail: expect.stringMatching(/its disk is full.*tries again/),
  });
}
