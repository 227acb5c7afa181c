import Sqlite from 'better-sqlite3';
import { toFinding } from '../row-values.ts';
import { inconsistencies } from './consistency.ts';
import { checkIntegrity } from './integrity-check.ts';
import { findingDigest, sourceDigest } from './interning.ts';
import { BUSY_TIMEOUT_MS } from './open.ts';
import { selectList } from './raw-rows.ts';
import { type FindingRow, SOURCE } from './rows.ts';
import { sources } from './schema.ts';
import { missingFromSchema } from './schema-check.ts';

/** More of them add nothing. */
const MAX_PROBLEMS = 20;

/**
 * Reads the whole database, while others use it, and says what is damaged: pages, indexes and free pages by SQLite's
 * own check, then what SQLite does not know. Empty if it is sound. It blocks the thread meanwhile.
 */
export function findDamage(path: string): string[] {
  // This comes before there is a connection: a process that closes a file loses its locks on it.
  const problem = filesProblem(path);
  if (problem !== undefined) return [problem];
  const file = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    return damageIn(file);
  } finally {
    file.close();
  }
}

/** The same through a connection: what `filesProblem` finds is to be looked for before there is one. */
export function damageIn(client: Sqlite.Database): string[] {
  try {
    return checks(client).next().value?.slice(0, MAX_PROBLEMS) ?? [];
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) throw error;
    return [error.message];
  }
}

/** The problems that each check finds, from the lowest layer up. Layers above a damaged one would only repeat them. */
function* checks(client: Sqlite.Database): Generator<string[], undefined> {
  const some = [
    () => missingFromSchema(client),
    () => pageProblems(client),
    () => inconsistencies(client),
    () => changedContents(client),
  ];
  for (const check of some) {
    const problems = check();
    if (problems.length > 0) yield problems;
  }
}

/** Undefined if the files are whole. Twice: what another process is writing may look damaged once. */
export function filesProblem(path: string): string | undefined {
  return checkIntegrity(path) && checkIntegrity(path);
}

function pageProblems(client: Sqlite.Database): string[] {
  const found = client.prepare<[], string>(`PRAGMA integrity_check(${MAX_PROBLEMS})`).pluck().all();
  const foreign = client.prepare<[], { table: string }>('PRAGMA foreign_key_check').all();
  return [
    ...found.filter((problem) => problem !== 'ok'),
    ...foreign.map(({ table }) => `${table}: a row without the one that it refers to`),
  ];
}

const FINDINGS =
  'SELECT id, digest, sync_status AS syncStatus, drift_count AS driftCount, files FROM finding';
const SOURCES = `SELECT s.id, s.digest, ${selectList(sources, 's', SOURCE.names)} FROM source s`;

/** A page has no checksum, but each finding and source has one. */
function changedContents(client: Sqlite.Database): string[] {
  const problems: string[] = [];
  type Digested = { readonly id: number; readonly digest: Buffer };
  for (const row of client.prepare<[], FindingRow & Digested>(FINDINGS).iterate()) {
    if (!findingDigest(toFinding(row)).equals(row.digest))
      problems.push(`finding ${row.id}: another content`);
  }
  type SourceRow = Parameters<typeof SOURCE.toValues>[0];
  for (const row of client.prepare<[], SourceRow & Digested>(SOURCES).iterate()) {
    if (!sourceDigest(SOURCE.toValues(row)).equals(row.digest))
      problems.push(`source ${row.id}: another content`);
  }
  return problems;
}
