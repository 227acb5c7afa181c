import type pg from 'pg';
import type { Moved, MovedColumn, MovedKind } from '../moved-tables.ts';
import { batchSize, type MovedRow } from '../moving.ts';
import { arrayText } from './array-text.ts';
import type { Session } from './session.ts';
import { command, type Statement } from './statement.ts';
import type { Arrays } from './table-columns.ts';

const ARRAYS: Readonly<Record<MovedKind, string>> = {
  number: 'bigint[]',
  boolean: 'boolean[]',
  text: 'text[]',
  json: 'text[]',
  url: 'text[]',
  bytes: 'text[]',
};

const insertions = new Map<string, Statement<Arrays, never>>();

/** Sends rows. Those whose key is there already stay as they are. */
export async function writeMovedRows(
  session: Session,
  table: Moved,
  rows: readonly MovedRow[],
): Promise<void> {
  const { name, columns } = table;
  const insertion = insertions.get(name) ?? command<Arrays>(insertionText(table));
  insertions.set(name, insertion);
  const arrays = columns.map(({ name: column }, place) => [column, arrayText(rows.map((row) => row[place]))]);
  await session.all(insertion, Object.fromEntries(arrays));
}

function insertionText({ name, columns }: Moved): string {
  const list = columns.map((column) => `"${column.name}"`).join(', ');
  const values = columns.map(({ name: column, kind }) =>
    kind === 'bytes' ? `decode("${column}", 'hex')` : `"${column}"`,
  );
  const arrays = columns.map(({ name: column, kind }) => `:${column}::${ARRAYS[kind]}`);
  return `INSERT INTO "${name}" (${list}) OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')}
    FROM unnest(${arrays.join(', ')}) AS w(${list}) ON CONFLICT DO NOTHING`;
}

/** All rows of a table, in the order of its key: text by its bytes, as SQLite sorts it. */
export async function* movedRows(client: pg.Client, table: Moved): AsyncGenerator<readonly MovedRow[], void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(`DECLARE moved NO SCROLL CURSOR FOR ${selection(table)}`);
  const text = `FETCH ${batchSize(table)} FROM moved`;
  for (;;) {
    const { rows } = await client.query<MovedRow[number][]>({ text, rowMode: 'array' });
    if (rows.length === 0) break;
    yield rows;
  }
  await client.query('COMMIT');
}

function selection({ name, key, columns, only }: Moved): string {
  const list = columns.map(({ name: column, kind }) =>
    kind === 'bytes' ? `encode("${column}", 'hex')` : `"${column}"`,
  );
  const order = key.map((one) => `"${one}"${isText(one, columns) ? ' COLLATE "C"' : ''}`);
  const where = only?.postgres === undefined ? '' : `WHERE ${only.postgres}`;
  return `SELECT ${list.join(', ')} FROM "${name}" ${where} ORDER BY ${order.join(', ')}`;
}

function isText(name: string, columns: readonly MovedColumn[]): boolean {
  return columns.some((column) => column.name === name && column.kind === 'text');
}
