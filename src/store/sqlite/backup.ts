import { createReadStream, existsSync, openSync, type ReadStream, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { systemFault } from '../../domain/system-fault.ts';
import { type CopyFacts, completeCopy, moveInto } from './database-file.ts';
import { createPrivate } from './file-modes.ts';
import { requireFile } from './open.ts';

/** 4 MiB: small enough that the process can be interrupted between two steps. */
const PAGES_PER_STEP = 1024;

/**
 * Copies the database as one snapshot, while others read and write it; the source is only read. `file` is complete and
 * checked, or does not exist. Throws if `file` exists: a backup replaces nothing.
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
  if (existsSync(file)) throw new Error(`${file} already exists: choose another name.`);
  return withCopy({ path, version, beside: file }, (partial, facts) => {
    moveInto(partial, file);
    return facts;
  });
}

/**
 * The content of such a copy. It is made beside the database, where there is room for it, and its name is removed
 * before it is read. So no file stays behind, even if the process is killed.
 */
export function openCopy({
  path,
  version,
}: {
  path: string;
  version: string;
}): Promise<CopyFacts & { readonly content: ReadStream }> {
  return withCopy({ path, version, beside: path }, (partial, facts) => {
    const content = createReadStream(partial, { fd: openSync(partial, 'r') });
    return { ...facts, content };
  });
}

/** The result of `use` for a checked copy, which is then removed. */
async function withCopy<T>(
  { path, version, beside }: { path: string; version: string; beside: string },
  use: (partial: string, facts: CopyFacts) => T,
): Promise<T> {
  requireFile(path);
  const partial = `${beside}.partial-${process.pid}`;
  try {
    createPrivate(partial);
    try {
      await copyOnline(path, partial);
      return use(partial, completeCopy(partial, { source: path, version }));
    } finally {
      for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
    }
  } catch (error) {
    const words = systemFault(error, beside)?.replaceAll(partial, beside);
    throw words === undefined ? error : new Error(words, { cause: error });
  }
}

/**
 * SQLite's online backup restarts whenever another process writes between two steps, so on a busy server it would never
 * end. Inside one read transaction every step copies the same snapshot. In WAL mode this blocks no writer; only the log
 * grows meanwhile.
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
