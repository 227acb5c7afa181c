import { rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from './command.ts';
import { Litestream, missingLitestream } from './litestream.ts';
import { postReport, scratch } from './scratch.ts';

async function post(url: string, prefix: string, count: number): Promise<number[]> {
  const codes: number[] = [];
  for (let i = 0; i < count; i++) codes.push(await postReport(url, `${prefix}${i}`));
  return codes;
}

async function serversOf(server: { json(path: string): Promise<unknown> }): Promise<string[]> {
  const statuses = (await server.json('/status.json')) as { server: string }[];
  return statuses.map((status) => status.server);
}

describe('a process that replicates the database', () => {
  test('may read for long, checkpoint, and write its own table: every report is still accepted', async () => {
    const { at, serve } = scratch();
    const server = await serve(at('status.db'));
    const [reader, writer] = [new Sqlite(at('status.db')), new Sqlite(at('status.db'))];
    onTestFinished(() => {
      reader.close();
      writer.close();
    });
    writer.exec('CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)');
    const codes: number[] = [];
    for (let round = 0; round < 5; round++) {
      reader.exec('BEGIN; SELECT count(*) FROM _litestream_seq');
      codes.push(...(await post(server.url, `while-read-${round}-`, 5)));
      writer.pragma('wal_checkpoint(PASSIVE)');
      reader.exec('ROLLBACK');
      writer.exec('BEGIN IMMEDIATE; INSERT OR REPLACE INTO _litestream_seq (id, seq) VALUES (1, 1)');
      const waiting = post(server.url, `while-written-${round}-`, 5);
      // A round trip or two, so that the first of them waits for the lock.
      for (let i = 0; i < 2; i++) await server.json('/status.json');
      writer.exec('COMMIT');
      writer.pragma('wal_checkpoint(TRUNCATE)');
      codes.push(...(await waiting));
    }
    expect(codes).toEqual(Array(50).fill(201));
    await server.stop('SIGKILL');
    expect(await serversOf(await serve(at('status.db')))).toHaveLength(50);
  });
});

describe.skipIf(missingLitestream())('Litestream with docs/litestream.yml', () => {
  test('brings back what was acknowledged, after the machine and its disk are gone', async () => {
    const { at, serve } = scratch();
    const databasePath = at('status.db');
    const server = await serve(databasePath);
    const litestream = new Litestream(databasePath, at('replica'));
    onTestFinished(() => litestream.kill());
    await post(server.url, 'before-', 20);
    await litestream.replicate();
    expect(await post(server.url, 'beside-', 20)).toEqual(Array(20).fill(201));
    const acknowledged = await serversOf(server);

    // It sends new data every second: at some point everything is there.
    let tries = 0;
    const countInReplica = async () => {
      const file = at(`tried-${tries++}.db`);
      litestream.restoreTo(file);
      return (await runCommand(file, ['export'])).stderr;
    };
    await expect.poll(countInReplica, { interval: 500 }).toBe('export: 40 reports\n');
    await server.stop('SIGKILL');
    await litestream.kill();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${databasePath}${suffix}`, { force: true });

    litestream.restoreTo(at('from-storage.db'));
    const restored = await runCommand(databasePath, ['restore', at('from-storage.db')]);
    expect(restored).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ 40 reports\n$/) });
    const again = await serve(databasePath);
    expect(await serversOf(again)).toEqual(acknowledged);
    expect(await postReport(again.url, 'after')).toBe(201);
  });
});
