import { existsSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { type CopyFacts, completeCopy, moveInto } from './database-file.ts';
import { requireFile } from './open.ts';

/** 4 MiB: few enough that the process can be interrupted between two steps. */
const PAGES_PER_STEP = 1024;

/**
 * Copies the database, as of one moment, while others read and write it: the source is only read. `file` is whole
 * and checked, or not there. Throws where it is there already: a backup takes the place of nothing.
 */
export async function backUpDatabase({
  path,
  file,
  version,
}: {
  path: string;
  file: string;
  version: string;
}): Promise<CopyFacts> {
  requireFile(path);
  if (existsSync(file)) throw new Error(`${file} is there already: name a file that is not.`);
  const partial = `${file}.partial-${process.pid}`;
  try {
    await copyOnline(path, partial);
    const facts = completeCopy(partial, { source: path, version });
    moveInto(partial, file);
    return facts;
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
  }
}

/**
 * SQLite's online backup starts over whenever another process has written between two of its steps: beside a busy
 * server it would never end. Inside one read transaction every step copies the same moment. In WAL mode that holds
 * up no writer; only the log grows until it is over.
 */
async function copyOnline(path: string, copy: string): Promise<void> {
  const source = new Sqlite(path, { readonly: true });
  try {
    source.exec('BEGIN');
    source.prepare('SELECT 1 FROM sqlite_schema').get();
    await source.backup(copy, { progress: () => PAGES_PER_STEP });
  } finally {
    source.close();
  }
}
