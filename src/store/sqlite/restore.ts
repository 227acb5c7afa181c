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
import { checkIntegrity } from './integrity-check.ts';

interface Restored extends CopyFacts {
  /** Where the database that was there is now; undefined where there was none. */
  readonly aside: string | undefined;
}

/**
 * Puts a copy of a backup in the place of the database, which is moved aside with its log and never deleted. Throws,
 * and changes nothing, where the backup is not whole or not ours, or where another process has the database open.
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
  // A log is beside the file itself, and what is put in place must be too: not beside a link to it.
  const [path, file] = [followed(named.path), followed(named.file)];
  refuseUnusable(file, path);
  mkdirSync(dirname(path), { recursive: true });
  const copy = `${path}.restoring-${process.pid}`;
  try {
    copyFileSync(file, copy);
    takeAfter(copy, path);
    // What is checked is the very file that is put in place.
    const facts = completeCopy(copy, { source: file, version });
    leapAhead(copy);
    return { ...facts, aside: replace(path, copy, now) };
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
      `${file} is not complete without ${file}-wal, so it is no backup but a database. Make a backup of it: ` +
        `DATABASE_URL=sqlite:${file} gitops-status-server backup ANOTHER_FILE`,
    );
  }
}

/** Who could read and write the database that was there can do so with the new one, whoever restores it. */
function takeAfter(copy: string, path: string): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const { uid, gid } = before ?? statSync(dirname(path));
  chmodSync(copy, (before?.mode ?? 0o644) & 0o777);
  if (process.getuid?.() === 0) chownSync(copy, uid, gid);
}

/** Far more than any server writes between two backups. */
const LEAP = 1_000_000;

/**
 * What was given away after the backup is given to nothing else: whoever remembers the `seq` of such an event, or such
 * an incident by its id, must not find another one there.
 */
function leapAhead(copy: string): void {
  const client = new Sqlite(copy, { fileMustExist: true });
  try {
    const move = client.prepare<[number, string]>('UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ?');
    const start = client.prepare<[number, string]>('INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)');
    for (const table of ['event', 'incident']) {
      if (move.run(LEAP, table).changes === 0) start.run(LEAP, table);
    }
  } finally {
    client.close();
  }
}

function replace(path: string, copy: string, now: number): string | undefined {
  // SQLite would throw a log away that does not fit its file: what is damaged is moved as it is.
  const unlock = existsSync(path) && checkIntegrity(path) === undefined ? lockOut(path) : undefined;
  try {
    const aside = moveAside(path, now);
    moveInto(copy, path);
    return aside;
  } finally {
    unlock?.();
  }
}

/**
 * Lets nobody else in until it is called off, and folds the log into the file, so that the file is complete by itself.
 * In WAL mode whoever has a database open holds a shared lock on it, so an exclusive one is had only where nobody has.
 */
function lockOut(path: string): () => void {
  const client = new Sqlite(path, { timeout: 1000 });
  const unlock = () => {
    client.close();
  };
  try {
    client.pragma('locking_mode = EXCLUSIVE');
    client.exec('BEGIN EXCLUSIVE; COMMIT');
    client.pragma('journal_mode = DELETE');
    return unlock;
  } catch (error) {
    unlock();
    const code = error instanceof Sqlite.SqliteError ? error.code : '';
    // Too damaged to be locked is too damaged to be served.
    if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return unlock;
    if (!code.startsWith('SQLITE_BUSY')) throw error;
    const advice = 'stop the server, and what replicates it, and try again';
    throw new Error(`${path} is open in another process: ${advice}. Nothing was changed.`, { cause: error });
  }
}

/**
 * The log first: SQLite would play what is left of it onto the restored file. The file itself gets a second name and
 * keeps the first until it is replaced, so that nobody who starts meanwhile finds none and makes a new one.
 */
function moveAside(path: string, now: number): string | undefined {
  const aside = `${path}.replaced-${new Date(now).toISOString().replaceAll(':', '-')}`;
  const logs = ['-wal', '-shm'].filter((suffix) => existsSync(`${path}${suffix}`));
  for (const suffix of logs) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
  if (existsSync(path)) linkSync(path, aside);
  return existsSync(aside) || logs.length > 0 ? aside : undefined;
}
