import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startCluster } from '../test/postgres-cluster.ts';
import { familyCpuMs } from './child.ts';

/** What PostgreSQL has counted so far. */
interface Counters {
  /** Of the write-ahead log of the whole cluster. */
  readonly walBytes: number;
  readonly updates: number;
  /** Those that wrote no index. */
  readonly inPlace: number;
}

/** A PostgreSQL of the bench's own. */
export class BenchCluster {
  readonly #socket: string;
  readonly #pid: number;
  readonly stop: () => void;

  private constructor(socket: string, stop: () => void) {
    this.#socket = socket;
    this.#pid = Number(readFileSync(join(socket, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    this.stop = stop;
  }

  /** On the disk that has the files of SQLite; undefined if there is no PostgreSQL. */
  static start(): BenchCluster | undefined {
    const cluster = startCluster(() => mkdtempSync(join(tmpdir(), 'gitops-status-bench-postgres-')));
    if (cluster === undefined) return undefined;
    let isStopped = false;
    const stop = () => {
      if (!isStopped) cluster.stop();
      isStopped = true;
    };
    process.once('exit', stop);
    return new BenchCluster(cluster.socket, stop);
  }

  /** Of all its processes. */
  cpuMs(): number {
    return familyCpuMs(this.#pid);
  }

  async create(name: string): Promise<BenchDatabase> {
    const { client } = await this.#open('postgres');
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return this.#open(name);
  }

  async #open(name: string): Promise<BenchDatabase> {
    const url = `postgres://postgres@/${name}?host=${this.#socket}`;
    const client = new pg.Client(url);
    await client.connect();
    return new BenchDatabase(url, client);
  }
}

export class BenchDatabase {
  readonly url: string;
  readonly client: pg.Client;

  constructor(url: string, client: pg.Client) {
    this.url = url;
    this.client = client;
  }

  async bytesAfterVacuum(): Promise<number> {
    await this.client.query('VACUUM');
    const { rows } = await this.client.query('SELECT pg_database_size(current_database())::float8 AS bytes');
    return rows[0].bytes;
  }

  async counters(): Promise<Counters> {
    const { rows } = await this.client.query(`
      SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS "walBytes",
        n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS "inPlace"
      FROM pg_stat_user_tables WHERE relname = 'target_status'`);
    return rows[0];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
