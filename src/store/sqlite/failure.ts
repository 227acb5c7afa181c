import Sqlite from 'better-sqlite3';
import { DomainError } from '../../domain/errors.ts';

/** Result codes that say "not now", not "never": https://www.sqlite.org/rescode.html */
const TRANSIENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN)/;

const LOCKED = /^SQLITE_(BUSY|LOCKED)/;

const FULL = /^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)/;

/** Errors that a retry cannot repair. */
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;

/** Runs a write. A refusal by the disk or a lock becomes `unavailable`; other errors are bugs. */
export function guardWrite<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const code = sqliteCode(error);
    if (code === undefined || !TRANSIENT.test(code)) throw error;
    throw new DomainError('unavailable', 'The database cannot be written to at the moment.', {
      cause: error,
    });
  }
}

/** Whether it failed because another process was writing. */
export function isLocked(error: unknown): boolean {
  return LOCKED.test(sqliteCode(error) ?? '');
}

/** Runs work on a database. If the database turns out to be damaged, the error names its path. */
export function withDatabaseName<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!DAMAGED.test(sqliteCode(error) ?? '')) throw error;
    throw new Error(`${path} is damaged: restore a backup.`, { cause: error });
  }
}

/** Whether it failed because the disk is full. */
export function isFull(error: unknown): boolean {
  return FULL.test(sqliteCode(error) ?? '');
}

/** Why a database could not be opened, with its path and what to do: `unavailable` if the disk is full. */
export function openingFailure(error: unknown, path: string): unknown {
  const code = sqliteCode(error) ?? systemCode(error);
  if (code !== undefined && FULL.test(code)) {
    const words = `${path} cannot be opened: the disk is full. Make room, then start again (${code})`;
    return new DomainError('unavailable', words, { cause: error });
  }
  const advice = code && ADVICE.find(([codes]) => codes.test(code))?.[1];
  return advice ? new Error(`${path} ${advice} (${code})`, { cause: error }) : error;
}

export const RESTORE = 'nothing was changed. Restore a backup, or move it away to start afresh.';

const ADVICE: readonly (readonly [codes: RegExp, advice: string])[] = [
  [/^SQLITE_NOTADB/, `is not a database; ${RESTORE}`],
  [DAMAGED, `is damaged; ${RESTORE}`],
  [LOCKED, 'is locked by another process. Stop that one, then start again.'],
  [/^EISDIR$/, 'is a folder: name a file in it.'],
  [/^(?:ENOTDIR|EEXIST)$/, 'cannot exist: a part of its path is a file, not a folder.'],
  [
    /^(?:ENAMETOOLONG|ELOOP)$/,
    'cannot be opened: check its path, which is too long or has a link to itself.',
  ],
  [
    /^(SQLITE_(READONLY|CANTOPEN|IOERR|PERM)|E[A-Z]+$)/,
    'cannot be written to. It and its folder must be writable for the user that starts the server, ' +
      'and on a file system that is not read-only.',
  ],
];

function sqliteCode(error: unknown): string | undefined {
  if (error instanceof Sqlite.SqliteError) return error.code;
  return error instanceof Error && error.cause !== undefined ? sqliteCode(error.cause) : undefined;
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
