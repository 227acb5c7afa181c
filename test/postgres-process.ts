import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { folderInMemory } from './folder-in-memory.ts';
import { INITDB_OPTIONS, newestBin, ownedBy, ownUser, type User } from './postgres-cluster.ts';

/** How often it is looked whether something has come. */
const EVERY_MS = 20;

/** The settings that all have: nothing but a socket, and deadlocks are found soon. */
const SETTINGS = {
  listen_addresses: '',
  max_connections: '200',
  deadlock_timeout: '50ms',
  wal_retrieve_retry_interval: '100ms',
  log_min_error_statement: 'panic',
};

/** A PostgreSQL of a test's own: it can be killed and started again, and have a standby. */
export class PostgresProcess {
  /** The folder with its socket. */
  readonly socket: string;
  readonly #bin: string;
  readonly #user: User | undefined;

  private constructor(bin: string, user: User | undefined) {
    this.#bin = bin;
    this.#user = user;
    this.socket = ownedBy(user, folderInMemory());
  }

  /** Makes one that does not run yet. */
  static async create(settings: Readonly<Record<string, string>> = {}): Promise<PostgresProcess> {
    const bin = newestBin();
    if (bin === undefined) throw new Error('There is no PostgreSQL.');
    const made = new PostgresProcess(bin, ownUser());
    await made.#run('initdb', ['-D', made.#data, ...INITDB_OPTIONS]);
    made.#set({ ...SETTINGS, ...settings, unix_socket_directories: made.socket });
    return made;
  }

  /** A copy that follows this one once both run; this one has never run. `name`: for `synchronous_standby_names`. */
  standby(name: string): PostgresProcess {
    const made = new PostgresProcess(this.#bin, this.#user);
    execFileSync('cp', ['-a', this.#data, made.#data]);
    const signal = join(made.#data, 'standby.signal');
    writeFileSync(signal, '');
    ownedBy(this.#user, signal);
    const source = `host=${this.socket} user=postgres application_name=${name}`;
    made.#set({ unix_socket_directories: made.socket, primary_conninfo: source });
    return made;
  }

  url(database: string, role = 'postgres'): string {
    return `postgres://${role}@/${database}?host=${this.socket}`;
  }

  /** Resolves once it takes connections. */
  async start(): Promise<void> {
    const log = join(this.socket, 'log');
    // What a killed one has left may still be in the memory: it goes with the last of its processes.
    while (!(await this.#succeeds('pg_ctl', ['-D', this.#data, '-l', log, '-w', 'start']))) await pause();
  }

  stop(mode: 'fast' | 'immediate'): Promise<void> {
    return this.#run('pg_ctl', ['-D', this.#data, '-m', mode, '-w', 'stop']);
  }

  /** Kills the process that all others belong to: they end by themselves. */
  kill(): void {
    process.kill(
      Number(readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]),
      'SIGKILL',
    );
  }

  promote(): Promise<void> {
    return this.#run('pg_ctl', ['-D', this.#data, '-w', 'promote']);
  }

  /** Runs statements as its owner; the rows of the last one. */
  async query<R extends pg.QueryResultRow>(
    text: string,
    { database = 'postgres', values = [] as unknown[] } = {},
  ) {
    const client = new pg.Client(this.url(database));
    client.on('error', () => undefined);
    await client.connect();
    try {
      const results: unknown = await client.query<R>(text, values.length > 0 ? values : undefined);
      const last = (Array.isArray(results) ? results.at(-1) : results) as pg.QueryResult<R>;
      return last.rows;
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    await this.#succeeds('pg_ctl', ['-D', this.#data, '-m', 'immediate', '-w', 'stop']);
    rmSync(this.socket, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.socket, 'data');
  }

  #set(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
    appendFileSync(join(this.#data, 'postgresql.conf'), lines.join(''));
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    if (!(await this.#succeeds(program, args))) throw new Error(`${program} ${args.join(' ')} failed.`);
  }

  async #succeeds(program: string, args: readonly string[]): Promise<boolean> {
    const child = spawn(join(this.#bin, program), args, { ...this.#user, stdio: 'ignore' });
    const [exitCode] = await once(child, 'exit');
    return exitCode === 0;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, EVERY_MS));
}
