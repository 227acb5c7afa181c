import Sqlite from 'better-sqlite3';
import { urlWithoutPassword } from '../../domain/password.ts';
import { type Moved, type MovedColumn, NUMBERED, type Numbered } from '../moved-tables.ts';
import { batchSize, type LastNumbers, type MovedRow, type MoveSource } from '../moving.ts';
import { damageIn, filesProblem } from './damage.ts';
import { lockOut } from './exclusive.ts';
import { knownAs } from './named-target.ts';
import { refuseOlder, refuseOtherForms, requireFile } from './open.ts';

interface Options {
  readonly path: string;
  /** Of this program. */
  readonly version: string;
}

/**
 * Opens a database to copy it. Throws, with what to do, if another process has it open, if it is damaged, or if its schema
 * is not that of this version.
 */
export function openMoveSource(options: Options): MoveSource {
  requireFile(options.path);
  const client = openAlone(options);
  client.function('known_as', { deterministic: true }, (name, id) =>
    typeof name === 'string' ? knownAs(name, Number(id)) : null,
  );
  const statements = new Map<string, Sqlite.Statement<unknown[], MovedRow>>();
  const prepared = (text: string) => {
    const known = statements.get(text) ?? client.prepare<unknown[], MovedRow>(text).raw();
    statements.set(text, known);
    return known;
  };
  return {
    *rows(table, { targetId, onReplaced = () => undefined } = {}) {
      const statement = prepared(selection(table, { ofOne: targetId !== undefined }));
      const read = targetId === undefined ? statement.iterate() : statement.iterate(targetId);
      yield* batches(read, { size: batchSize(table), convert: rowConverter(table, onReplaced) });
    },
    targetIds: () =>
      client.prepare<[], number>('SELECT id FROM target WHERE repo IS NOT NULL ORDER BY id').pluck().all(),
    lastNumbers: () => lastNumbers(client),
    close: () => client.close(),
  };
}

function openAlone({ path, version }: Options): Sqlite.Database {
  refuseDamaged(path, [filesProblem(path) ?? []].flat());
  const client = new Sqlite(path, { fileMustExist: true, timeout: 1000 });
  try {
    lockOut(client, path);
    refuseOtherForms(client, path, version);
    refuseOlder(client, path, version);
    // Damage would be copied as it is.
    refuseDamaged(path, damageIn(client));
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

function refuseDamaged(path: string, [problem, ...more]: readonly string[]): void {
  if (problem === undefined) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  throw new Error(
    `${path} is damaged (${problem}${others}): restore a backup, and move that. Nothing was changed.`,
  );
}

/** By the key of the table, or by an index on its target. */
function selection(
  { name, key, columns, inSqlite = {}, only, ofTarget }: Moved,
  { ofOne }: { ofOne: boolean },
): string {
  const list = columns.map((column) => `${expression(column, inSqlite)} AS "${column.name}"`);
  // Targets are asked for one by one only if all their rows are meant: to look that up again would take longer than all else.
  const condition = ofOne ? `"${name}"."${ofTarget}" = ?` : only?.sqlite;
  const where = condition === undefined ? '' : `WHERE ${condition}`;
  return `SELECT ${list.join(', ')} FROM "${name}" ${where} ORDER BY ${key.map((one) => `"${one}"`).join(', ')}`;
}

function expression({ name, kind }: MovedColumn, inSqlite: Readonly<Record<string, string>>): string {
  return kind === 'bytes' ? `lower(hex("${name}"))` : (inSqlite[name] ?? `"${name}"`);
}

function* batches(
  rows: Iterable<MovedRow>,
  { size, convert }: { size: number; convert: (row: MovedRow) => MovedRow },
): Generator<MovedRow[], void> {
  let batch: MovedRow[] = [];
  for (const row of rows) {
    batch.push(convert(row));
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Value = MovedRow[number];

function rowConverter(table: Moved, onReplaced: (column: string) => void): (row: MovedRow) => MovedRow {
  const converters = table.columns.map((column) => valueConverter(column, onReplaced));
  return (row) => row.map((value, place) => converters[place]?.(value) ?? null);
}

/** U+0000 in JSON: an escape whose backslash is not itself escaped. */
const ESCAPED_NUL = /(?<=(?<!\\)(?:\\\\)*)\\u0000/g;
const REPLACEMENT = '\ufffd';

function valueConverter(
  { name, kind }: MovedColumn,
  onReplaced: (column: string) => void,
): (value: Value) => Value {
  const withoutNul = (value: Value, sought: string, nul: RegExp | string) => {
    if (typeof value !== 'string' || !value.includes(sought)) return value;
    const replaced = value.replaceAll(nul, REPLACEMENT);
    if (replaced !== value) onReplaced(name);
    return replaced;
  };
  if (kind === 'boolean') return (value) => (value === null ? null : value === 1);
  if (kind === 'json') return (value) => withoutNul(value, '\\u0000', ESCAPED_NUL);
  if (kind === 'text') return (value) => withoutNul(value, '\0', '\0');
  if (kind === 'url')
    return (value) => withoutNul(typeof value === 'string' ? urlWithoutPassword(value) : value, '\0', '\0');
  return (value) => value;
}

/** SQLite remembers some of them, also of rows that are gone. */
function lastNumbers(client: Sqlite.Database): LastNumbers {
  const given = client.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
  const last = ([table, column]: [string, string]) => {
    const newest = client.prepare<[], number | null>(`SELECT max("${column}") FROM "${table}"`).pluck().get();
    return [table, Math.max(given.get(table) ?? 0, newest ?? 0)];
  };
  // `NUMBERED` has each key once.
  return Object.fromEntries(Object.entries(NUMBERED).map(last)) as Record<Numbered, number>;
}
