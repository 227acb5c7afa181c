import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { atFullLength } from '../../full-length.ts';
import { ServerProcess } from '../server-process.ts';
import { isReady } from './answers.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectKept } from './kept.ts';
import { Load } from './load.ts';
import { canMount, withTmpfs } from './tmpfs.ts';
import { until } from './until.ts';

const MIB = 1024 * 1024;
const CYCLES = atFullLength(20, { otherwise: 3 });
const CONNECTIONS = 8;

describe.skipIf(!canMount())('a disk that becomes full and free again', () => {
  test(`${CYCLES} times under load: 0 lost, 0 doubled, the process lives`, () =>
    withFolder((folder) =>
      withTmpfs(folder, '24m', async (mounted) => {
        const path = join(mounted, 'status.db');
        const ballast = join(mounted, 'ballast');
        let server = await ServerProcess.start(path);
        try {
          const load = new Load(server, { repo: 'fleet' });
          const running = load.run(CONNECTIONS);
          for (let cycle = 0; cycle < CYCLES; cycle++) {
            const refusedBefore = refused(load);
            fill(ballast);
            await until('nothing is refused, although the disk is full', () => refused(load) > refusedBefore);
            rmSync(ballast);
            const acknowledgedBefore = load.acknowledged.size;
            await until('there is room, but it is not ready', () => isReady(server));
            await until(
              'there is room, but nothing is taken',
              () => load.acknowledged.size > acknowledgedBefore,
            );
          }
          load.stop();
          await running;
          await expectExactlyOnce(server, 'fleet', load);
          for (const { status } of await load.retry(server)) expect([200, 201]).toContain(status);
          server = await expectKept(server, { path, load });
        } finally {
          await server.stop('SIGKILL');
        }
      }),
    ));
});

function refused(load: Load): number {
  return load.outcomes.filter(({ status }) => status === 503).length;
}

/** Writes until there is no more room. */
function fill(file: string): void {
  for (let size = MIB; size >= 4096; ) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      size /= 2; // The error means that the disk is full, as intended.
    }
  }
}
