import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { type ServerSettings, serverFaults } from '../../src/store/postgres/server-check.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';
import { aStoredToken, describeTokenStore } from './token-contract.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });

describe.skipIf(missing !== undefined)('the schema in PostgreSQL', () => {
  test('is made once, however many nodes start at the same time', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    await client.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
    const stores = await Promise.all([cluster.open(), cluster.open(), cluster.open()]);
    await recordAll(stores[2] as Store, [at(0)]);
    expect(await stores[0]?.statuses({})).toHaveLength(1);
  });

  test('of a newer version is refused in words, and not touched', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const add = `INSERT INTO ${SCHEMA}.migration (hash, created_at) VALUES ('future', 9000000000000) RETURNING id`;
    const { rows } = await client.query<{ id: number }>(add);
    await expect(cluster.open()).rejects.toThrow(
      /made by a newer version of gitops-status-server: start that version/,
    );
    await client.query(`DELETE FROM ${SCHEMA}.migration WHERE id = $1`, [rows[0]?.id]);
  });

  test('of a newer version is used if that says that this one may, as in an update node by node', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const { rowCount: known } = await client.query(`SELECT 1 FROM ${SCHEMA}.migration`);
    const add = `INSERT INTO ${SCHEMA}.migration (hash, created_at) VALUES ('future', 9000000000000) RETURNING id`;
    const { rows } = await client.query<{ id: number }>(add);
    const compatibleFrom = (migrations: number) =>
      client.query(
        `INSERT INTO ${SCHEMA}.meta VALUES ('compatible_from', $1)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [migrations],
      );
    await compatibleFrom(Number(known) + 1);
    await expect(cluster.open()).rejects.toThrow(/made by a newer version/);
    await compatibleFrom(Number(known));
    expect(await (await cluster.open()).statuses({})).toEqual([]);
    await client.query(`DELETE FROM ${SCHEMA}.migration WHERE id = $1`, [rows[0]?.id]);
  });

  test('needs no right to make anything once it is there', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    await client.query(`DROP ROLE IF EXISTS runtime; CREATE ROLE runtime LOGIN;
      GRANT USAGE ON SCHEMA ${SCHEMA} TO runtime;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${SCHEMA} TO runtime;
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${SCHEMA} TO runtime`);
    const url = cluster.url.replace('postgres@', 'runtime@');
    const store = await openPostgresStore({ url, clock: () => NOON + HOUR, tryMs: MACHINE_IS_BUSY_MS });
    try {
      await recordAll(store, [at(59, drift)]);
      expect((await store.eventsAfter(0, { limit: 10 })).events).toHaveLength(2);
      await store.probe();
    } finally {
      await store.close();
      await client.query('DROP OWNED BY runtime; DROP ROLE runtime');
    }
  });

  test('leaves no connection behind if it cannot be written to at the start', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const set = (value: string) => client.query(`ALTER DATABASE ${rows[0]?.name} ${value}`);
    const others = async () =>
      (
        await client.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
             AND pid <> pg_backend_pid()`,
        )
      ).rowCount;
    const before = await others();
    await set('SET default_transaction_read_only = on');
    try {
      await expect(openPostgresStore({ url: cluster.url, tryMs: 500 })).rejects.toMatchObject({
        code: 'unavailable',
      });
      await expect.poll(others, { timeout: MACHINE_IS_BUSY_MS }).toBe(before);
    } finally {
      await set('RESET default_transaction_read_only');
    }
  });

  test('is tried again while the database does not exist yet', async () => {
    const cluster = await theCluster();
    const nowhere = cluster.url.replace(/host=.*/, 'host=/nowhere');
    await expect(migrate(nowhere)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe.skipIf(missing !== undefined)('the server', () => {
  const good: ServerSettings = {
    versionNumber: 150_000,
    version: '15.0',
    encoding: 'UTF8',
    fsync: 'on',
    fullPageWrites: 'on',
    synchronousCommit: 'on',
    standbys: '',
    searchPath: SCHEMA,
  };

  test('is accepted if it keeps the promises', () => {
    expect(serverFaults(good)).toEqual([]);
    expect(serverFaults({ ...good, synchronousCommit: 'local' })).toEqual([]);
    expect(serverFaults({ ...good, standbys: 'any 1 (a, b)', synchronousCommit: 'remote_apply' })).toEqual(
      [],
    );
  });

  test.each<[Partial<ServerSettings>, RegExp]>([
    [{ versionNumber: 140_012, version: '14.12' }, /version 14\.12, and 15 is the oldest/],
    [{ encoding: 'SQL_ASCII' }, /encoding SQL_ASCII: create it with UTF8/],
    [{ fsync: 'off' }, /fsync=off/],
    [{ fullPageWrites: 'off' }, /full_page_writes=off/],
    [{ synchronousCommit: 'off' }, /synchronous_commit=off.*set it to on/],
    [{ standbys: '*', synchronousCommit: 'local' }, /synchronous_commit=local the standby/],
    [{ standbys: '*', synchronousCommit: 'remote_write' }, /remote_write the standby/],
    [{ searchPath: '"$user", public' }, /settings of a connection do not arrive/],
  ])('is refused with %o, in words', (settings, words) => {
    expect(serverFaults({ ...good, ...settings }).join('; ')).toMatch(words);
  });

  test('is refused if its own settings break a promise', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = rows[0]?.name;
    await client.query(`ALTER DATABASE ${database} SET synchronous_commit = off`);
    await expect(cluster.open()).rejects.toThrow(
      /^This PostgreSQL cannot be used: with synchronous_commit=off/,
    );
    await client.query(`ALTER DATABASE ${database} RESET synchronous_commit`);
    await (await cluster.open()).probe();
  });
});

describe.skipIf(missing !== undefined)('tokens', () => {
  describeTokenStore('PostgreSQL', async () => {
    const cluster = await theCluster();
    const [one, other] = [await cluster.open(), await cluster.open()];
    return { tokens: one.tokens, others: other.tokens };
  });

  test('noting the use of a token gives up at once while another process changes it', async () => {
    const cluster = await theCluster();
    const { tokens } = await cluster.open();
    await tokens.add(aStoredToken('ci'));
    const other = await cluster.connect();
    await other.query(`BEGIN; UPDATE ${SCHEMA}.token SET last_used_at = 1`);
    expect(await tokens.markUsed(aStoredToken('ci').sha256, NOON)).toBe(false);
    await other.query('ROLLBACK');
    expect(await tokens.markUsed(aStoredToken('ci').sha256, NOON)).toBe(true);
  });
});
