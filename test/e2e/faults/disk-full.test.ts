import { rmSync, writeFileSync } from 'node:fs';
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
  test('refuses reports and readiness, goes on reading, and comes back by itself when there is room', () =>
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

  test('under a server that is to start says so with the name of the file, and starts when there is room', () =>
    withFolder((folder) =>
      withTmpfs(folder, '1m', async (mounted) => {
        const path = join(mounted, 'status.db');
        const ballast = join(mounted, 'ballast');
        writeFileSync(ballast, Buffer.alloc(MIB - 16 * 1024));
        const { exitCode, said } = ServerProcess.refusal(path);
        expect([exitCode, said]).toEqual([
          1,
          expect.stringContaining(`${path} cannot be opened: the disk is full.`),
        ]);
        rmSync(ballast);
        const server = await ServerProcess.start(path);
        expect((await postReport(server)).status).toBe(201);
        expect(await server.stop()).toBe(0);
      }),
    ));
});
