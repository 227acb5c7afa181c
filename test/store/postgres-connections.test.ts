import net from 'node:net';
import { join } from 'node:path';
import { parse } from 'pg-connection-string';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PATIENCE } from '../../src/store/postgres/connection.ts';
import { createReading } from '../../src/store/postgres/reading.ts';
import { Servers } from '../../src/store/postgres/servers.ts';
import { statement } from '../../src/store/postgres/statement.ts';
import { HOUR } from '../fixtures.ts';
import { type Cluster, missing, theCluster } from './postgres-database.ts';
import { portOf } from './postgres-proxy.ts';

const ONE = statement<object, { one: number }>('SELECT 1 AS one');
const PID = statement<object, { pid: number }>('SELECT pg_backend_pid() AS pid');
const FOR_EVER = statement<object, object>('SELECT pg_sleep(1000000)');

describe.skipIf(missing !== undefined)('connections for questions', () => {
  const readingOn = ({ url }: Cluster, connections = 2) => {
    const reading = createReading(Servers.primary(url), { connections });
    onTestFinished(() => reading.close());
    return reading;
  };

  test('that are all in use are waited for, as long as it takes, and each is used again', async () => {
    const reading = readingOn(await theCluster());
    const giveBack: (() => void)[] = [];
    const holding = [0, 1].map(() =>
      reading.snapshot(async (session) => {
        const [row] = await session.all(PID, {});
        await new Promise<void>((resolve) => giveBack.push(resolve));
        return row?.pid;
      }),
    );
    await expect.poll(() => giveBack.length).toBe(2);
    vi.useFakeTimers();
    const waiting = Array.from({ length: 10 }, () => reading.session.all(PID, {}));
    vi.advanceTimersByTime(HOUR);
    vi.useRealTimers();
    for (const release of giveBack) release();
    const pids = new Set(await Promise.all(holding));
    for (const rows of await Promise.all(waiting)) expect(pids).toContain(rows[0]?.pid);
  });

  test('are never more than they may be', async () => {
    const cluster = await theCluster();
    const reading = readingOn(cluster, 3);
    await Promise.all(Array.from({ length: 30 }, () => reading.snapshot((session) => session.all(ONE, {}))));
    const { rows } = await (await cluster.connect()).query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'gitops-status-server'`,
    );
    expect(rows).toEqual([{ n: 3 }]);
  });

  test('end with a statement that is given up, and the next question has another connection', async () => {
    const cluster = await theCluster();
    const watcher = await cluster.connect();
    const running = async () => {
      const { rows } = await watcher.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(1%'`,
      );
      return rows.length;
    };
    const reading = createReading(Servers.primary(cluster.url), { connections: 1, patience: PATIENCE.long });
    onTestFinished(() => reading.close());
    const endless = reading.snapshot((session) => session.all(FOR_EVER, {}));
    const failed = expect(endless).rejects.toMatchObject({ code: 'unavailable' });
    await expect.poll(running).toBe(1);
    reading.giveUp();
    await failed;
    await expect.poll(running).toBe(0);
    expect(await reading.session.all(ONE, {})).toEqual([{ one: 1 }]);
  });

  test('to a server that is not used any more are not used either', async () => {
    const { url, closeAtLast } = await theCluster();
    const { host = '', database } = parse(url);
    const forwarding = net.createServer((client) => {
      const upstream = net.connect(join(host ?? '', '.s.PGSQL.5432'));
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
    });
    const port = await new Promise<number>((resolve) =>
      forwarding.listen(0, '127.0.0.1', () => resolve(portOf(forwarding))),
    );
    closeAtLast(async () => void forwarding.close());
    const both = `postgres://postgres@/${database}?host=127.0.0.1,${host}&port=${port},5432&sslmode=disable`;
    const servers = Servers.primary(both);
    const reading = createReading(servers, { connections: 1 });
    onTestFinished(() => reading.close());
    const [before] = await reading.session.all(PID, {});
    expect(await reading.session.all(PID, {})).toEqual([before]);
    // Those that are open stay open.
    forwarding.close();
    const writer = await servers.connect(PATIENCE.control);
    await writer.end();
    expect(await reading.session.all(PID, {})).not.toEqual([before]);
  });

  test('that the database ends while they are idle are not used again', async () => {
    const cluster = await theCluster();
    const reading = readingOn(cluster);
    const [row] = await reading.session.all(PID, {});
    const killer = await cluster.connect();
    await killer.query('SELECT pg_terminate_backend($1, 100000)', [row?.pid]);
    // What the other connection has been told is here by now.
    await killer.query('SELECT 1');
    expect(await reading.session.all(PID, {})).not.toEqual([row]);
  });
});
