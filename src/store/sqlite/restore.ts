import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type CopyFacts, completeCopy, moveInto } from './database-file.ts';
import { lockOut } from './exclusive.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from './file-modes.ts';
import { checkIntegrity } from './integrity-check.ts';
import { hasTable } from './open.ts';
import { everHadToken, noteToken } from './token-table.ts';

interface Restored extends CopyFacts {
  /** The new path of the old database; undefined if there was none. */
  readonly aside: string | undefined;
  /** Neither the backup nor the old database ever had a token, as far as that can be read. */
  readonly isWithoutTokens: boolean;
}

/**
 * Replaces the database with a copy of a backup. The old one is moved aside with its log and never deleted. Throws, and
 * changes nothing, if the backup is damaged or not from this service, or another process has the database open.
 */
export function restoreDatabase({
  version,
  now,
  ...named
}: {
  path: string;
  file: string;
  version: string;
  now: number;
}): Restored {
  // The log lies beside the file itself, not beside a link to it, so the restored file must be there too.
  const [path, file] = [followed(named.path), followed(named.file)];
  refuseUnusable(file, path);
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const copy = `${path}.restoring-${process.pid}`;
  try {
    copyFileSync(file, copy);
    takeAfter(copy, path);
    // The file that was checked is the one that is moved into place.
    const facts = completeCopy(copy, { source: file, version });
    leapAhead(copy);
    const aside = replace(path, copy, now);
    return { ...facts, aside, isWithoutTokens: !hadTokens(path) };
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${copy}${suffix}`, { force: true });
  }
}

function followed(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function refuseUnusable(file: string, path: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`There is no ${file}.`);
  if (!found.isFile()) throw new Error(`${file} is not a file.`);
  const current = statSync(path, { throwIfNoEntry: false });
  if (found.ino === current?.ino && found.dev === current.dev) {
    throw new Error(`${file} is the database itself: name a backup of it.`);
  }
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0) {
    throw new Error(
      `${file} is not a backup but a database: it is incomplete without ${file}-wal. Make a backup of it: ` +
        `DATABASE_URL=sqlite:${file} gitops-status-server backup ANOTHER_FILE`,
    );
  }
}

/** Readable only by its user, whatever the backup was; as root, by the owner of the old database. */
function takeAfter(copy: string, path: string): void {
  const { uid, gid } = statSync(path, { throwIfNoEntry: false }) ?? statSync(dirname(path));
  chmodSync(copy, PRIVATE_FILE);
  if (process.getuid?.() === 0) chownSync(copy, uid, gid);
}

/** More events than any server writes between two backups. */
const LEAP = 1_000_000;

/**
 * Values of `seq` and incident ids from after the backup are not used again: a client that remembers one must not find
 * another event or incident under it.
 */
function leapAhead(copy: string): void {
  const client = new Sqlite(copy, { fileMustExist: true });
  try {
    const move = client.prepare<[number, string]>(
      'UPDATE sqlite_sequence SET seq = CAST(seq + ? AS INTEGER) WHERE name = ?',
    );
    const start = client.prepare<[number, string]>(
      'INSERT INTO sqlite_sequence (seq, name) VALUES (CAST(? AS INTEGER), ?)',
    );
    for (const table of ['event', 'incident', 'mute']) {
      if (move.run(LEAP, table).changes === 0) start.run(LEAP, table);
    }
  } finally {
    client.close();
  }
}

function replace(path: string, copy: string, now: number): string | undefined {
  // SQLite would discard a log that does not match its file, so damaged files are moved as they are.
  const locked = existsSync(path) && checkIntegrity(path) === undefined ? lockAndMerge(path) : undefined;
  try {
    // A backup from before the first token must not open a server that had been closed.
    if (locked?.open && knowsTokens(locked)) keepClosed(copy);
    const aside = moveAside(path, now);
    moveInto(copy, path);
    return aside;
  } finally {
    locked?.close();
  }
}

function keepClosed(copy: string): void {
  const client = new Sqlite(copy, { fileMustExist: true });
  try {
    if (!everHadToken(client)) noteToken(client);
  } finally {
    client.close();
  }
}

function hadTokens(path: string): boolean {
  const client = new Sqlite(path, { readonly: true });
  try {
    return everHadToken(client);
  } finally {
    client.close();
  }
}

/** This is for any file at that place: it need not be whole, or a database of this service. */
function knowsTokens(client: Sqlite.Database): boolean {
  try {
    return hasTable(client, 'token') && everHadToken(client);
  } catch {
    // The old database cannot be read, and the caller is told that the restored one has no tokens.
    return false;
  }
}

/**
 * Locks the database until the returned connection is closed, and merges the log into the file, so that the file is
 * complete by itself.
 */
function lockAndMerge(path: string): Sqlite.Database {
  const client = new Sqlite(path, { timeout: 1000 });
  try {
    lockOut(client, path);
    client.pragma('journal_mode = DELETE');
  } catch (error) {
    client.close();
    // A database that is too damaged to be locked cannot be in use either.
    const isDamaged = error instanceof Sqlite.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code);
    if (!isDamaged) throw error;
  }
  return client;
}

/**
 * The log is moved first: SQLite would apply it to the restored file. The file itself gets a second name and keeps
 * the first until it is replaced, so that a server that starts meanwhile does not create a new one.
 */
function moveAside(path: string, now: number): string | undefined {
  const aside = `${path}.replaced-${new Date(now).toISOString().replaceAll(':', '-')}`;
  const logs = ['-wal', '-shm'].filter((suffix) => existsSync(`${path}${suffix}`));
  for (const suffix of logs) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
  if (existsSync(path)) linkSync(path, aside);
  return existsSync(aside) || logs.length > 0 ? aside : undefined;
}
