import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ServerProcess } from '../server-process.ts';
import { withFolder } from './folder.ts';
import { expectExactlyOnce, expectSound } from './kept.ts';
import { Load } from './load.ts';
import { until } from './until.ts';

/** Each has a request in flight, and sends the next one as soon as that is answered. */
const CONNECTIONS = 1000;

test('asked to stop during 1,000 requests, it ends well, and every one was recorded or may be sent again', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    let server = await ServerProcess.start(path);
    try {
      const load = new Load(server, { repo: 'fleet' });
      const running = load.run(CONNECTIONS);
      await until('not every connection is busy', () => load.outcomes.length >= CONNECTIONS);
      const stuck = await openStuck(server);
      // This holds although one of them never ends.
      expect(await server.stop('SIGTERM')).toBe(0);
      stuck.destroy();
      await running;
      // Stopped in order: the database is closed, and needs no recovery.
      expect(server.log).toContain('"msg":"stopped"');
      expect(existsSync(`${path}-wal`)).toBe(false);
      const statuses = new Set(load.outcomes.map(({ status }) => status));
      expect([200, 201, 503, undefined]).toEqual(expect.arrayContaining([...statuses]));
      const acknowledged = load.acknowledged.size;
      expect([acknowledged > 0, acknowledged < load.sent.size]).toEqual([true, true]);

      server = await ServerProcess.start(path);
      await expectExactlyOnce(server, 'fleet', load);
      await expectSound(path);
      for (const { status } of await load.retry(server)) expect([200, 201]).toContain(status);
      await expectExactlyOnce(server, 'fleet', load);
      expect(load.acknowledged).toEqual(load.sent);
    } finally {
      await server.stop('SIGKILL');
    }
  }));

/** A client that never finishes its request. */
async function openStuck(server: ServerProcess): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  );
  return socket;
}
