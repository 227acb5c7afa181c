import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { HOUR, NOON } from '../fixtures.ts';

const cluster = inject('postgres');

/** Why there is no PostgreSQL for tests; undefined if there is one. */
export const missing = 'missing' in cluster ? cluster.missing : undefined;

/** The address of a database of the cluster for tests. */
function urlOf(database: string): string {
  if ('missing' in cluster) throw new Error(cluster.missing);
  return urlOn(cluster.socket, database);
}

export function urlOn(socket: string, database: string): string {
  return `postgres://postgres@/${database}?host=${socket}`;
}

/** A database that is used by one test at a time. */
interface TestDatabase {
  readonly url: string;
  /** Empties it, for another test. Nobody may use it any more. */
  release(): Promise<void>;
}

/** How wide those are that a test makes depends on those that are there. */
const DROP_PARTITIONS = `DO $$ DECLARE part regclass; BEGIN
  FOR part IN SELECT oid FROM pg_class
    WHERE relnamespace = '${SCHEMA}'::regnamespace AND relkind = 'r' AND relname ~ '^chunk_' LOOP
    EXECUTE 'DROP TABLE ' || part;
  END LOOP;
END $$`;

/** Those that no test uses now: to empty one is much faster than to make one. */
const free: TestDatabase[] = [];

/** A database with the schema and nothing in it. */
export async function aDatabase(): Promise<TestDatabase> {
  return free.pop() ?? (await create());
}

async function create(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = urlOf(name);
  await runOn(urlOf('postgres'), `CREATE DATABASE ${name}`);
  await migrate(url);
  const tables = await runOn(
    url,
    `SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS list FROM pg_tables
     WHERE schemaname = '${SCHEMA}' AND tablename NOT IN ('migration', 'counter', 'event_counter')
       -- Partitions come and go: they are emptied with their table.
       AND tablename !~ '^chunk_'`,
  );
  const database: TestDatabase = {
    url,
    async release() {
      await runOn(
        url,
        `TRUNCATE ${tables[0]?.list} RESTART IDENTITY;
         UPDATE ${SCHEMA}.counter SET value = 0; UPDATE ${SCHEMA}.event_counter SET seq = 0;
         ${DROP_PARTITIONS}`,
      );
      free.push(database);
    },
  };
  return database;
}

/** The rows of the last statement. */
export async function runOn(url: string, statements: string): Promise<Record<string, string>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statements)).rows ?? [];
  } finally {
    await client.end();
  }
}

/** No test waits for so long: the machine may be busy. */
export const MACHINE_IS_BUSY_MS = 120_000;

/** Several nodes on one database. */
export interface Cluster {
  readonly url: string;
  /** Another node on the same database. */
  open(options?: { now?: () => number; tryMs?: number; url?: string }): Promise<Store>;
  /** A connection beside those of the nodes. */
  connect(): Promise<pg.Client>;
  /** To be called after all nodes that are opened from now on are closed. */
  closeAtLast(close: () => Promise<void>): void;
  close(): Promise<void>;
}

export async function aCluster(): Promise<Cluster> {
  const database = await aDatabase();
  const opened: { close(): Promise<void> }[] = [];
  return {
    url: database.url,
    async open({ now = () => NOON + HOUR, tryMs = MACHINE_IS_BUSY_MS, url = database.url } = {}) {
      const store = await openPostgresStore({ url, clock: now, tryMs });
      opened.push(store);
      return store;
    },
    async connect() {
      const client = new pg.Client(database.url);
      await client.connect();
      opened.push({ close: () => client.end() });
      return client;
    },
    closeAtLast: (close) => {
      opened.push({ close });
    },
    async close() {
      for (const one of opened.reverse()) await one.close();
      await database.release();
    },
  };
}

/** The same for the time of a test. */
export async function theCluster(): Promise<Cluster> {
  const cluster = await aCluster();
  onTestFinished(() => cluster.close());
  return cluster;
}
