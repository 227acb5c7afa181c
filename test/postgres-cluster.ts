import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { folderInMemory } from './folder-in-memory.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the socket of a cluster for tests, or why there is none. */
    postgres: { readonly socket: string } | { readonly missing: string };
  }
}

const DEBIAN = '/usr/lib/postgresql';
const OLDEST = 15;

/** The options of `initdb`, beside the folder. */
export const INITDB_OPTIONS = [
  '-U',
  'postgres',
  '-A',
  'trust',
  '-E',
  'UTF8',
  '--locale=C.UTF-8',
  '--no-sync',
];

/** PostgreSQL does not run as root: Debian's package has a user for it. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a cluster for the tests of a run. */
export function setup(project: TestProject): (() => void) | undefined {
  const cluster = startCluster();
  project.provide(
    'postgres',
    cluster === undefined
      ? { missing: `there is no PostgreSQL ${OLDEST} or newer in ${DEBIAN}` }
      : { socket: cluster.socket },
  );
  return cluster?.stop;
}

interface RunningCluster {
  /** The folder with its socket. */
  readonly socket: string;
  /** Another cluster, which follows this one. */
  addStandby(): RunningCluster;
  /** Makes a standby a primary. */
  promote(): void;
  /** As if its machine had gone. */
  readonly stop: () => void;
}

/** A program of PostgreSQL. */
type Run = (program: string, args: string[]) => void;

/** A new cluster, on a socket in a new folder; undefined if there is no PostgreSQL. */
export function startCluster(newFolder: () => string = folderInMemory): RunningCluster | undefined {
  const bin = newestBin();
  if (bin === undefined) return undefined;
  const user = ownUser();
  const run: Run = (program, args) =>
    void execFileSync(join(bin, program), args, { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  const folder = ownedBy(user, newFolder());
  run('initdb', ['-D', join(folder, 'data'), ...INITDB_OPTIONS]);
  return serve(folder, { run, user });
}

/** The same path, as the user's own. */
export function ownedBy(user: User | undefined, path: string): string {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  return path;
}

function serve(folder: string, { run, user }: { run: Run; user: User | undefined }): RunningCluster {
  const data = join(folder, 'data');
  // Nothing but the socket. Commits reach the disk as they do elsewhere: it is one in memory.
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'max_connections=200'];
  const options = settings.map((one) => `-c ${one}`).join(' ');
  run('pg_ctl', ['-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start']);
  return {
    socket: folder,
    addStandby() {
      const other = ownedBy(user, folderInMemory());
      const copy = ['-D', join(other, 'data'), '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
      run('pg_basebackup', ['-h', folder, '-U', 'postgres', ...copy]);
      return serve(other, { run, user });
    },
    promote: () => run('pg_ctl', ['-D', data, '-w', 'promote']),
    stop() {
      run('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The folder of its programs: that of `GITOPS_TEST_POSTGRES`, else Debian's newest. */
export function newestBin(): string | undefined {
  const { GITOPS_TEST_POSTGRES: named } = process.env;
  if (named !== undefined) return named;
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN)
    .map(Number)
    .filter((version) => version >= OLDEST);
  const bins = versions.sort((a, b) => b - a).map((version) => join(DEBIAN, String(version), 'bin'));
  return bins.find((bin) => existsSync(join(bin, 'initdb')));
}

/** Undefined if the tests do not run as root. */
export function ownUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string) => Number(spawnSync('id', [what, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}
