import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { atFullLength } from '../full-length.ts';
import { missing, theCluster } from '../store/postgres-database.ts';
import { runCommand } from './command.ts';
import { scratch } from './scratch.ts';
import { ServerProcess } from './server-process.ts';
import { SHIPPED_MAIN } from './shipped-program.ts';

const LONG_AGO = Date.now() - 3_600_000;

const report = (place: number) => ({
  repo: 'rsyslog',
  server: `s${place % 6}`,
  sync_status: place % 5 === 0 ? 'OUT_OF_SYNC' : 'SYNCED',
  last_check: new Date(LONG_AGO + place * 1000).toISOString(),
  commit: `c${place % 3}`,
  expected_interval_s: 86_400,
});

/** A file with some history, and an empty PostgreSQL with its schema. */
async function bothSides() {
  const { at, serve } = scratch();
  const cluster = await theCluster();
  const file = at('status.db');
  const server = await serve(file);
  const answer = await fetch(`${server.url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(Array.from({ length: 120 }, (_, place) => report(place))),
  });
  expect(answer.status).toBe(201);
  const before = await answersOf(server);
  const stop = () => server.stop();
  return { at, file, cluster, before, stop, serve };
}

/** What does not change with time. */
async function answersOf(server: ServerProcess): Promise<unknown> {
  const until = new Date(LONG_AGO + 600_000).toISOString();
  const paths = [
    'status',
    `timeline?from=0&to=${until}`,
    'reports?limit=1000',
    'events?format=json&after=0&limit=1000',
  ];
  return Promise.all(paths.map((path) => server.json(`/api/v1/${path}`)));
}

async function serveOn(url: string): Promise<ServerProcess> {
  const server = await ServerProcess.start('', { env: { DATABASE_URL: url } });
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  return server;
}

/** Each holds up the command at another place: it waits for what another transaction has done. */
const HOLD_UPS = {
  'before anything is copied': 'LOCK TABLE finding IN EXCLUSIVE MODE',
  'in the event log': 'LOCK TABLE event IN EXCLUSIVE MODE',
  'in the middle of a target': 'LOCK TABLE period IN EXCLUSIVE MODE',
  'at the fourth target': `INSERT INTO target (id, repo, server) OVERRIDING SYSTEM VALUE VALUES (4, 'a', 'b')`,
  'before ids are continued': 'LOCK TABLE counter IN EXCLUSIVE MODE',
  'before it is finished': 'LOCK TABLE meta IN SHARE UPDATE EXCLUSIVE MODE',
};

async function killWhereItWaits(
  child: ChildProcess,
  { client, place }: { client: pg.Client; place: string },
): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rowCount } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(rowCount, `It does not wait ${place}.`).toBe(1);
    },
    { timeout: 120_000, interval: 20 },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe.skipIf(missing !== undefined)(`migrate-to (${missing ?? 'to a cluster of its own'})`, () => {
  test('says what it does and what comes next, and the server goes on in PostgreSQL', async () => {
    const { at, file, cluster, before, stop, serve } = await bothSides();
    const { url } = cluster;
    const running = await runCommand(file, ['migrate-to', url]);
    expect(running).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is open in another process'),
    });
    expect(await stop()).toBe(0);
    const bytes = readFileSync(file);
    writeFileSync(at('url'), `${url}\n`);
    const { exitCode, stdout, stderr } = await runCommand(file, ['migrate-to', '--url-file', at('url')]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Copying \/.*status\.db to postgres:.*\. First the file is checked\.\nReading\n/);
    expect(stdout).toMatch(
      /Copying\n(?: {2}\w.*\n)*? {2}event +\d+\n(?:.*\n)*? {2}target +6 of 6\nComparing\n/,
    );
    expect(stdout).toContain(
      'Everything was copied: 6 targets with 120 reports. Both sides are the same.\nNext: set',
    );
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(existsSync(`${file}-wal`)).toBe(false);
    const server = await serveOn(url);
    expect(await answersOf(server)).toEqual(before);
    const again = await runCommand(file, ['migrate-to', url]);
    expect(again).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('not empty: it has rows in'),
    });
    // The file is whole, for those who go back.
    expect(await answersOf(await serve(file))).toEqual(before);
  });

  test('goes on where it was killed, wherever that was', async () => {
    const { file, cluster, before, stop } = await bothSides();
    await stop();
    const client = await cluster.connect();
    const watching = await cluster.connect();
    await client.query('SET search_path = gitops_status');
    const places = Object.entries(HOLD_UPS);
    // A command takes a second of the processor.
    for (const [place, holdUp] of atFullLength(places, { otherwise: places.filter((_, i) => i % 2 === 1) })) {
      await client.query(`BEGIN; ${holdUp}`);
      const child = spawn(process.execPath, [SHIPPED_MAIN, 'migrate-to', cluster.url], {
        env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:${file}` },
        stdio: 'ignore',
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      await killWhereItWaits(child, { client: watching, place });
      await client.query('ROLLBACK');
    }
    const refused = await runCommand('', ['token', 'list'], { env: { DATABASE_URL: cluster.url } });
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Run the same migrate-to again'),
    });
    const { exitCode, stdout } = await runCommand(file, ['migrate-to', cluster.url]);
    expect(stdout).toContain('Both sides are the same.');
    expect(exitCode).toBe(0);
    expect(await answersOf(await serveOn(cluster.url))).toEqual(before);
  });

  test('refuses what it cannot mean, without the password of the address', async () => {
    const run = (...args: string[]) => runCommand('/nowhere/status.db', ['migrate-to', ...args]);
    expect(await run()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--url-file') });
    expect(await run('sqlite:other.db')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('use backup'),
    });
    const secret = await run('postgres://user:secret@host');
    expect(secret).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('names no database') });
    expect(secret.stderr).not.toContain('secret');
    expect((await run('postgres://user@host/db')).stderr).toContain(
      'There is no database at /nowhere/status.db',
    );
    const env = { DATABASE_URL: 'postgres://user@host/db' };
    const wrong = await runCommand('', ['migrate-to', 'postgres://user@host/db'], { env });
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('DATABASE_URL must name the file'),
    });
  });
});
