import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atFullLength } from '../../full-length.ts';
import { ServerProcess } from '../server-process.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectSound } from './kept.ts';
import { Load } from './load.ts';
import { until } from './until.ts';

const ROUNDS = atFullLength(50, { otherwise: 3 });
const CONNECTIONS = 32;

test(`killed under load ${ROUNDS} times, it has every acknowledged report exactly once, and accepts the rest again`, () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    const loads = new Map<string, Load>();
    let server = await ServerProcess.start(path);
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const repo = `round-${round}`;
        const load = new Load(server, { repo });
        loads.set(repo, load);
        const running = load.run(CONNECTIONS);
        await until('nothing was acknowledged', () => load.acknowledged.size > 0, { everyMs: 5 });
        await sleep(Math.random() * 200);
        await server.stop('SIGKILL');
        await running;
        server = await ServerProcess.start(path);
        await expectExactlyOnce(server, repo, load);
        await expectSound(path);
      }
      for (const [repo, load] of loads) {
        expect(load.acknowledged.size).toBeLessThan(load.sent.size);
        for (const { status } of await load.retry(server)) expect([200, 201]).toContain(status);
        await expectExactlyOnce(server, repo, load);
      }
    } finally {
      await server.stop('SIGKILL');
    }
    await expectSound(path);
  }));
