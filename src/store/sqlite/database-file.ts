import { closeSync, fsyncSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { hasTable, refuseOtherForms } from './open.ts';

/** What a whole and checked copy of a database holds. */
export interface CopyFacts {
  readonly bytes: number;
  readonly reports: number;
}

/**
 * Checks a fresh copy and makes it complete: whole, of this service, of a version that this one can read, one plain
 * file without a log beside it, on disk. Throws in words where it is not; `source` is what they call it.
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
    // Not in WAL mode a file needs no other beside it, so it can be copied, kept read-only, sent.
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

/** Gives a complete file its name, for good: it is there whole from one instant to the next, also after a power cut. */
export function moveInto(from: string, to: string): void {
  renameSync(from, to);
  flush(dirname(to));
}

function refuseForeign(client: Sqlite.Database, source: string): void {
  if (hasTable(client, '__drizzle_migrations') && hasTable(client, 'report')) return;
  throw new Error(`${source} is not a database of gitops-status-server.`);
}

/** Reads all of it: a copy that nobody has read is a hope, not a backup. */
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
