import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectionConfig, SCHEMA, writerPatience } from '../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { statement } from '../../src/store/postgres/statement.ts';
import { Transaction } from '../../src/store/postgres/transaction.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported, storedHistory } from './harness.ts';
import { MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';
import { aProxy } from './postgres-proxy.ts';

const NOTE = statement<{ value: string }>(`INSERT INTO meta (key, value) VALUES ('test', :value)`);
const QUESTION = statement<object, { one: number }>('SELECT 1 AS one');
const NONSENSE = statement<object>('SELECT 1 / 0');

describe.skipIf(missing !== undefined)('a transaction on PostgreSQL', () => {
  async function begin() {
    const cluster = await theCluster();
    const config = connectionConfig(cluster.url, writerPatience(MACHINE_IS_BUSY_MS));
    const client = new pg.Client({ ...config, pipeline: true });
    await client.connect();
    onTestFinished(() => client.end());
    const notes = async () =>
      (await client.query(`SELECT value FROM ${SCHEMA}.meta WHERE key = 'test'`)).rows;
    return { client, notes };
  }

  test('is on disk once it has committed, and sends what it writes without waiting', async () => {
    const { client, notes } = await begin();
    const transaction = new Transaction(client);
    await transaction.all(QUESTION, {});
    transaction.send(NOTE, { value: 'a' });
    await transaction.commit();
    expect(await notes()).toEqual([{ value: 'a' }]);
  });

  test('is not committed if any statement failed, also one that was not waited for', async () => {
    const { client, notes } = await begin();
    const transaction = new Transaction(client);
    await transaction.all(QUESTION, {});
    transaction.send(NOTE, { value: 'a' });
    transaction.send(NONSENSE, {});
    transaction.send(NOTE, { value: 'b' });
    await expect(transaction.commit()).rejects.toThrow('division by zero');
    await transaction.rollback();
    expect(await notes()).toEqual([]);
  });

  test('takes no write that nobody waits for before it is known to have begun', async () => {
    const { client, notes } = await begin();
    const transaction = new Transaction(client);
    expect(() => transaction.send(NOTE, { value: 'a' })).toThrow('must follow an answer');
    await transaction.rollback();
    expect(await notes()).toEqual([]);
  });

  test('does not count as committed if COMMIT rolled back', async () => {
    const { client, notes } = await begin();
    const transaction = new Transaction(client);
    await transaction.all(QUESTION, {});
    transaction.send(NOTE, { value: 'a' });
    // As somebody else on the connection would.
    void client.query(NONSENSE.text).catch(() => undefined);
    await expect(transaction.commit()).rejects.toThrow('COMMIT was answered with ROLLBACK');
    expect(await notes()).toEqual([]);
  });

  test('that could not begin writes nothing, though its other statements succeed', async () => {
    const cluster = await theCluster();
    const store = await cluster.open();
    await recordAll(store, [aReport()]);
    const everything = async () => [
      await exported(store),
      await storedHistory(store),
      (await store.eventsAfter(0, { limit: 100 })).events,
    ];
    const before = await everything();
    const { query } = pg.Client.prototype;
    const watched = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => watched.mockRestore());
    watched.mockImplementation(function (this: pg.Client, ...given: unknown[]) {
      const [text, ...others] = given[0] === 'BEGIN' ? [NONSENSE.text] : given;
      return Reflect.apply(query, this, [text, ...others]);
    });
    const changed = aReport({ syncStatus: 'OUT_OF_SYNC', files: ['a'], lastCheckAt: NOON + MINUTE });
    await expect(recordAll(store, [changed])).rejects.toThrow('division by zero');
    watched.mockRestore();
    expect(await everything()).toEqual(before);
    expect(await recordAll(store, [changed])).toMatchObject([{ recorded: 'new', change: 'changed' }]);
  });

  test('of the usual report waits twice: for what it locks and reads, and for the commit', async () => {
    const cluster = await theCluster();
    const proxy = await aProxy(cluster);
    const store = await openPostgresStore({ url: proxy.url, clock: () => NOON + HOUR });
    cluster.closeAtLast(() => store.close());
    await recordAll(store, [aReport()]);
    const senders: string[] = [];
    proxy.cutNext(({ from }) => {
      senders.push(from);
      return false;
    });
    await recordAll(store, [aReport({ lastCheckAt: NOON + MINUTE })]);
    const turns = senders.filter((from, i) => from === 'client' && senders[i - 1] !== 'client');
    expect(turns).toHaveLength(2);
  });

  test('that failed leaves nothing behind that a later one could name', async () => {
    const cluster = await theCluster();
    const store = await cluster.open();
    const found = { syncStatus: 'OUT_OF_SYNC', files: ['a'], commit: 'c' } as const;
    // PostgreSQL refuses the second: its duration is no integer.
    const unstorable = [aReport(found), aReport({ server: 'other', durationMs: 0.5 })];
    await expect(recordAll(store, unstorable)).rejects.toThrow(/invalid input syntax/);
    await recordAll(store, [aReport({ ...found, lastCheckAt: NOON + MINUTE })]);
    expect(await store.statuses({}, NOON + HOUR)).toMatchObject([
      { commit: 'c', finding: { files: [{ name: 'a' }] } },
    ]);
    expect(await exported(store)).toHaveLength(1);
  });
});
