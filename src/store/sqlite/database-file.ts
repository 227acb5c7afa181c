import { closeSync, fsyncSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { hasTable, refuseOtherForms } from './open.ts';

/** The size of a complete and checked copy of a database. */
export interface CopyFacts {
  readonly bytes: number;
  readonly reports: number;
}

/**
 * Checks a new copy: it must be undamaged, of this service, and of a version that this one can read. Then makes it a
 * single file without a log, on disk. Throws an error for people if a check fails; its text names `source`.
 */
export function completeCopy(
  copy: string,
  { source, version }: { source: string; version: string },
): CopyFacts {
  const client = new Sqlite(copy, { fileMustExist: true });
  try {
    refuseForeign(client, source);
    refuseOtherForms(client, source, version);
    refuseDamaged(client, source);
    // Outside of WAL mode a database is a single file, so it can be copied, stored read-only and sent.
    client.pragma('journal_mode = DELETE');
    const reports = Number(client.prepare('SELECT count(*) FROM report').pluck().get());
    client.close();
    flush(copy);
    return { bytes: statSync(copy).size, reports };
  } catch (error) {
    throw inWords(error, source);
  } finally {
    client.close();
  }
}

/** Renames a complete file durably: it appears at once as a whole, even after a power cut. */
export function moveInto(from: string, to: string): void {
  renameSync(from, to);
  flush(dirname(to));
}

function refuseForeign(client: Sqlite.Database, source: string): void {
  if (hasTable(client, '__drizzle_migrations') && hasTable(client, 'report')) return;
  throw new Error(`${source} is not a database of gitops-status-server.`);
}

/** Reads everything: an unread copy may be broken. */
function refuseDamaged(client: Sqlite.Database, source: string): void {
  const found = client.pragma('integrity_check(1)', { simple: true });
  if (found !== 'ok') throw new Error(`${source} is damaged: ${found}`);
}

function inWords(error: unknown, source: string): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error;
  if (error.code === 'SQLITE_NOTADB') return new Error(`${source} is not a database.`, { cause: error });
  if (!error.code.startsWith('SQLITE_CORRUPT')) return error;
  return new Error(`${source} is damaged: ${error.message}`, { cause: error });
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
