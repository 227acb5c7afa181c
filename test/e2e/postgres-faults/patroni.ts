import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { folderInMemory } from '../../folder-in-memory.ts';
import { newestBin, ownedBy, ownUser } from '../../postgres-cluster.ts';
import { until } from '../faults/until.ts';

const PROGRAMS = ['/usr/bin/patroni', '/usr/bin/etcd', '/usr/sbin/haproxy'];

/** Why there can be no such cluster; undefined if there can. */
export const NO_PATRONI = PROGRAMS.every((program) => existsSync(program))
  ? undefined
  : `not all of these are installed: ${PROGRAMS.join(', ')}`;

const WITHIN_MS = 600_000;
/** In seconds, the least that Patroni takes: after so long without a word a leader has lost its place. */
const TTL = 20;

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

interface Machine {
  readonly name: string;
  readonly postgresPort: number;
  readonly restPort: number;
  readonly data: string;
}

/** Three PostgreSQL that Patroni fails over, and HAProxy in front of them, which knows the primary. */
export class PatroniCluster {
  readonly #folder: string;
  readonly #user = ownUser();
  readonly #machines: readonly Machine[];
  readonly #etcdPorts: readonly number[];
  readonly #port: number;
  readonly #running = new Map<string, ChildProcess>();

  private constructor(folder: string, ports: readonly number[]) {
    this.#folder = ownedBy(this.#user, folder);
    const [etcdPort = 0, peerPort = 0, port = 0, ...others] = ports;
    this.#etcdPorts = [etcdPort, peerPort];
    this.#port = port;
    this.#machines = ['a', 'b', 'c'].map((name, place) => ({
      name,
      postgresPort: others[2 * place] ?? 0,
      restPort: others[2 * place + 1] ?? 0,
      data: join(folder, name),
    }));
  }

  /** Resolves once there is a primary, a standby that it waits for, and another one. */
  static async start(): Promise<PatroniCluster> {
    const cluster = new PatroniCluster(folderInMemory(), await freePorts(9));
    await cluster.#startEtcd();
    for (const { name } of cluster.#machines) cluster.startMachine(name);
    await cluster.isWhole();
    cluster.#startHaproxy();
    return cluster;
  }

  /** The address of the database `postgres`, wherever the primary is. */
  get url(): string {
    return `postgres://postgres:secret@127.0.0.1:${this.#port}/postgres?sslmode=disable`;
  }

  async leader(): Promise<string> {
    const leader = (await this.#members()).find(({ role }) => role === 'leader');
    if (leader === undefined) throw new Error('There is no leader.');
    return leader.name;
  }

  /** Resolves once all machines are there, and commits wait for one of them. */
  isWhole(): Promise<void> {
    return until(
      'the cluster is not whole',
      async () => {
        for (const [name, { exitCode }] of this.#running)
          if (exitCode !== null)
            throw new Error(`${name} has ended:\n${readFileSync(this.#log(name), 'utf8')}`);
        const members = await this.#members().catch(() => []);
        const isUp = members.filter(({ state }) => state === 'running' || state === 'streaming');
        const roles = isUp.map(({ role }) => role);
        return isUp.length === 3 && roles.includes('leader') && roles.includes('sync_standby');
      },
      { withinMs: WITHIN_MS, everyMs: 200 },
    );
  }

  /** Another one becomes the primary, and says so. */
  async switchOver(): Promise<void> {
    const leader = await this.leader();
    const answer = await fetch(`${this.#rest(leader)}/switchover`, {
      method: 'POST',
      body: JSON.stringify({ leader }),
    });
    const words = await answer.text();
    if (!answer.ok) throw new Error(`No switchover: ${words}`);
  }

  /** Patroni and PostgreSQL of a machine are gone at once. */
  killMachine(name: string): void {
    const { data } = this.#machine(name);
    this.#running.get(name)?.kill('SIGKILL');
    process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]), 'SIGKILL');
  }

  startMachine(name: string): void {
    const config = join(this.#folder, `${name}.json`);
    writeFileSync(config, JSON.stringify(this.#patroniConfig(this.#machine(name))));
    this.#spawn(name, '/usr/bin/patroni', [config]);
  }

  async remove(): Promise<void> {
    const ends = [...this.#running.values()].map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const end = once(child, 'exit');
      child.kill('SIGTERM');
      await end;
    });
    await Promise.all(ends);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startEtcd(): Promise<void> {
    const [client, peer] = this.#etcdPorts.map((port) => `http://127.0.0.1:${port}`);
    const urls = { 'listen-client-urls': client, 'advertise-client-urls': client, 'listen-peer-urls': peer };
    const args = Object.entries({
      ...urls,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
    });
    const folder = join(this.#folder, 'etcd');
    this.#spawn('etcd', '/usr/bin/etcd', [
      '--data-dir',
      folder,
      ...args.flatMap(([name, url]) => [`--${name}`, `${url}`]),
    ]);
    const isHealthy = async () => (await fetch(`${client}/health`).catch(() => undefined))?.ok === true;
    await until('etcd does not answer', isHealthy, { withinMs: WITHIN_MS });
  }

  #startHaproxy(): void {
    const servers = this.#machines.map(
      ({ name, postgresPort, restPort }) =>
        `  server ${name} 127.0.0.1:${postgresPort} check port ${restPort}`,
    );
    const config = join(this.#folder, 'haproxy.cfg');
    writeFileSync(
      config,
      `defaults
  mode tcp
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  timeout check 1s
listen primary
  bind 127.0.0.1:${this.#port}
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`,
    );
    this.#spawn('haproxy', '/usr/sbin/haproxy', ['-db', '-f', config]);
  }

  #patroniConfig({ name, postgresPort, restPort, data }: Machine): object {
    const rest = `127.0.0.1:${restPort}`;
    const here = `127.0.0.1:${postgresPort}`;
    const user = (username: string) => ({ username, password: 'secret' });
    const sockets = join(this.#folder, `${name}-sockets`);
    mkdirSync(sockets, { recursive: true });
    ownedBy(this.#user, sockets);
    return {
      scope: 'fleet',
      name,
      restapi: { listen: rest, connect_address: rest },
      etcd3: { host: `127.0.0.1:${this.#etcdPorts[0]}` },
      bootstrap: {
        dcs: {
          ttl: TTL,
          loop_wait: 2,
          retry_timeout: 5,
          synchronous_mode: true,
          postgresql: { use_pg_rewind: true, parameters: { wal_log_hints: 'on', max_connections: 100 } },
        },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }],
      },
      postgresql: {
        listen: here,
        connect_address: here,
        data_dir: data,
        bin_dir: newestBin(),
        pgpass: join(this.#folder, `${name}.pgpass`),
        authentication: {
          superuser: user('postgres'),
          replication: user('replicator'),
          rewind: user('rewinder'),
        },
        parameters: { unix_socket_directories: sockets },
        pg_hba: ['host all all 127.0.0.1/32 md5', 'host replication replicator 127.0.0.1/32 md5'],
      },
    };
  }

  async #members(): Promise<Member[]> {
    for (const { name } of this.#machines) {
      const answer = await fetch(`${this.#rest(name)}/cluster`).catch(() => undefined);
      if (answer?.ok) return ((await answer.json()) as { members: Member[] }).members;
    }
    throw new Error('No Patroni answers.');
  }

  #log(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  #rest(name: string): string {
    return `http://127.0.0.1:${this.#machine(name).restPort}`;
  }

  #machine(name: string): Machine {
    const machine = this.#machines.find((one) => one.name === name);
    if (machine === undefined) throw new Error(`There is no machine ${name}.`);
    return machine;
  }

  #spawn(name: string, program: string, args: readonly string[]): void {
    const log = this.#log(name);
    this.#running.set(
      name,
      spawn('/bin/sh', ['-c', 'exec "$0" "$@" >>"$LOG" 2>&1', program, ...args], {
        ...this.#user,
        env: { PATH: process.env.PATH, LOG: log, HOME: this.#folder },
        stdio: 'ignore',
      }),
    );
  }
}

/** Below those that are given to others who ask for any. */
const LOWEST_PORT = 20_000;
const PORTS = 12_000;

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false; // Somebody else has it.
  } finally {
    server.close();
  }
}
