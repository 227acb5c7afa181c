import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ServerProcess } from '../server-process.ts';
import { expectCannotWrite, expectReads, facts, isReady, postReport } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectKept } from './kept.ts';
import { Load } from './load.ts';
import { canTrace, withFailing } from './syscalls.ts';
import { canMount, remount, withTmpfs } from './tmpfs.ts';
import { until } from './until.ts';

describe.skipIf(!canMount())('a read-only file system', () => {
  const refused = (path: string) => [1, expect.stringMatching(`^${path} cannot be written to\\. .*folder`)];
  const attempt = (path: string) => {
    const { exitCode, said } = ServerProcess.refusal(path);
    return [exitCode, said];
  };

  test('prevents the start, with an error that has the name of the file and what it needs', () =>
    withFolder((folder) =>
      withTmpfs(folder, '16m', async (mounted) => {
        const path = join(mounted, 'status.db');
        const load = await servedAndKilled(path);
        remount(mounted, 'ro');
        expect(attempt(path)).toEqual(refused(path));
        for (const missing of [join(mounted, 'new.db'), join(mounted, 'new', 'folder', 'status.db')]) {
          expect(attempt(missing)).toEqual(refused(missing));
        }
        remount(mounted, 'rw');
        const server = await ServerProcess.start(path);
        await expectExactlyOnce(server, 'fleet', load);
        await server.stop();
        remount(mounted, 'ro');
        expect(attempt(path)).toEqual(refused(path));
      }),
    ));
});

async function servedAndKilled(path: string): Promise<Load> {
  const server = await ServerProcess.start(path);
  const load = new Load(server, { repo: 'fleet' });
  for (let i = 0; i < 20; i++) expect((await load.send()).status).toBeLessThan(300);
  await server.stop('SIGKILL');
  return load;
}

const WRITES = 'write,pwrite64,ftruncate,fallocate';

/** The kernel's answer on a read-only file system, or when a disk fails. */
describe.skipIf(!canTrace())('a disk that refuses writes while the server runs', () => {
  test.each([
    ['because it became read-only', WRITES, 'EROFS'],
    ['because it fails', WRITES, 'EIO'],
    ['because it cannot promise that written data is there', 'fsync,fdatasync', 'EIO'],
  ])('%s: refuses reports and readiness, still reads, and recovers by itself', (_, calls, error) =>
    withFolder(async (folder) => {
      const path = join(folder, 'status.db');
      let server = await ServerProcess.start(path);
      try {
        const load = new Load(server, { repo: 'fleet' });
        for (let i = 0; i < 20; i++) expect((await load.send()).status).toBeLessThan(300);
        const known = await facts(server);
        await withFailing({ server, path, calls, error }, async () => {
          await expectCannotWrite(await postReport(server));
          await expectCannotWrite(await fetch(`${server.url}/readyz`));
          expect((await load.send()).status).toBe(503);
          await expectReads(server, known);
        });
        await until('the disk takes writes again, but it is not ready', () => isReady(server));
        expect((await load.send()).status).toBe(201);
        for (const { status } of await load.retry(server)) expect(status).toBe(201);

        server = await expectKept(server, { path, load });
      } finally {
        await server.stop('SIGKILL');
      }
    }),
  );
});
