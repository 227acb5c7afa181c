import Sqlite from 'better-sqlite3';
import { DomainError } from '../../domain/errors.ts';

/** Result codes that say "not now", not "never": https://www.sqlite.org/rescode.html */
const TRANSIENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN)/;

/** Runs a write; what the disk or a lock refuses becomes `unavailable`, and anything else stays a bug. */
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

function sqliteCode(error: unknown): string | undefined {
  if (error instanceof Sqlite.SqliteError) return error.code;
  return error instanceof Error && error.cause !== undefined ? sqliteCode(error.cause) : undefined;
}
