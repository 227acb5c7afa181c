import { resolve } from 'node:path';
import { addressesOf } from '../domain/database-hosts.ts';

const SCHEME = 'sqlite:';
const EXAMPLE = 'for example sqlite:./data/gitops-status.db';
const POSTGRES = /^postgres(?:ql)?:/i;
const POSTGRES_EXAMPLE = 'for example postgres://user@db.example:5432/gitops_status?sslmode=verify-full';
const ROLE = 'target_session_attrs';
/** Reports are written to the primary, so nothing else will do. */
const PRIMARY_ROLES = ['any', 'primary', 'read-write'];
const ROLES = [...PRIMARY_ROLES, 'standby', 'read-only', 'prefer-standby'];
const IN_MEMORY = ':memory:';

/** What is wrong with the address of a database, with the right form; undefined if nothing is. */
export function databaseUrlFault(url: string): string | undefined {
  if (POSTGRES.test(url)) return postgresFault(url) ?? roleFault(url, PRIMARY_ROLES);
  if (!url.startsWith(SCHEME)) return `must be sqlite:PATH, ${EXAMPLE}, or postgres://…`;
  return pathFault(url.slice(SCHEME.length));
}

/** Where a database is: in a file, or in PostgreSQL. */
export interface DatabaseAddress {
  /** Undefined if it is in PostgreSQL. */
  readonly databasePath: string | undefined;
  /** It may have a password, so no message shows it. Undefined if the database is a file. */
  readonly postgresUrl: string | undefined;
}

/** What is wrong with the address of the replica that questions are read from. */
export function readUrlFault(url: string): string | undefined {
  if (!POSTGRES.test(url)) return `must be postgres://…, ${POSTGRES_EXAMPLE}`;
  return postgresFault(url) ?? roleFault(url, ROLES);
}

/** Where the database of an address without fault is. */
export function databaseAddress(url: string): DatabaseAddress {
  if (POSTGRES.test(url)) return { databasePath: undefined, postgresUrl: url };
  return { databasePath: databasePathOf(url), postgresUrl: undefined };
}

/** A database as messages name it: without a password. */
export function databaseName({ databasePath, postgresUrl = '' }: DatabaseAddress): string {
  if (databasePath !== undefined) return databasePath;
  const parts = addressesOf(postgresUrl).map(postgresParts);
  const hosts = parts.map(({ hostname, port, searchParams }) => {
    const host = searchParams.get('host') ?? hostname;
    return port === '' ? host : `${host}:${port}`;
  });
  return `postgres://${hosts.join(',')}${parts[0]?.pathname}`;
}

function postgresFault(url: string): string | undefined {
  const example = `: write postgres://USER@HOST:PORT/DATABASE, ${POSTGRES_EXAMPLE}`;
  const addresses = addressesOf(url);
  if (!addresses.every((address) => URL.canParse(withHost(address)))) return `is not an address${example}`;
  const names = addresses.map((address) => postgresParts(address).pathname);
  if (!names.every((name) => /^\/[^/]+$/.test(name))) return `names no database${example}`;
  return undefined;
}

function roleFault(url: string, roles: readonly string[]): string | undefined {
  const role = addressesOf(url).map((address) => postgresParts(address).searchParams.get(ROLE))[0];
  if (role == null || roles.includes(role)) return undefined;
  return `has ${ROLE}=${role}, which must be one of ${roles.join(', ')}`;
}

function postgresParts(url: string): URL {
  return new URL(withHost(url));
}

/** With a socket there is no host: the folder of the socket is in `?host=`. */
function withHost(url: string): string {
  return url.replace('@/', '@localhost/').replace(/^(\w+:)\/\/\//, '$1//localhost/');
}

function databasePathOf(url: string): string {
  const path = url.slice(SCHEME.length);
  return path === IN_MEMORY ? path : resolve(path);
}

function pathFault(path: string): string | undefined {
  const [before = '', ...options] = path.split(/[?#]/);
  if (options.length > 0)
    return `must end with the path, without "?" and "#": write sqlite:${before || 'PATH'}`;
  if (/^\/*\s*$/.test(path)) return `names no file: write sqlite:PATH, ${EXAMPLE}`;
  if (/^\/\/[^/]/.test(path)) {
    const name = path.slice(2);
    return `must have no "//": write sqlite:${name} for a path from the current folder, or sqlite:/${name} from the root`;
  }
  if (path.startsWith('file:')) return `must be sqlite:PATH: write sqlite:${path.slice('file:'.length)}`;
  if (/^~/.test(path)) return 'must have the whole path: "~" is not replaced by a folder';
  if (/(?:^|\/)\.{0,2}$/.test(path))
    return `names a folder: write the file too, such as sqlite:${path.replace(/\/$/, '')}/gitops-status.db`;
  return undefined;
}
