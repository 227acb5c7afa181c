import { type Column, getTableColumns, getTableName } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { arrayText, type Value } from './array-text.ts';
import { command, type Statement } from './statement.ts';

type Name<T extends PgTable> = string & keyof T['_']['columns'];

/** The list after SELECT for columns of the table `alias`, each under its name in the schema. */
export function selectList<T extends PgTable>(table: T, alias: string, names?: readonly Name<T>[]): string {
  const columns = columnsOf(table);
  const wanted = names === undefined ? columns : columns.filter(([name]) => names.includes(name as Name<T>));
  return wanted.map(([name, column]) => `${alias}."${column.name}" AS "${name}"`).join(', ');
}

/** The names of all columns in the schema, but for some. */
export function columnNames<T extends PgTable, X extends Name<T>>(
  table: T,
  without: readonly X[],
): readonly Exclude<Name<T>, X>[] {
  const names = columnsOf(table).map(([name]) => name as Name<T>);
  return names.filter((name): name is Exclude<Name<T>, X> => !without.some((one) => one === name));
}

/** All columns, as they are called in the database. */
export function columnList(table: PgTable): string {
  return columnsOf(table)
    .map(([, { name }]) => `"${name}"`)
    .join(', ');
}

/** A row as it is inserted. */
export type Inserted<T extends PgTable> = T['$inferInsert'];

/** An array for each column, as text. */
export type Arrays = Readonly<Record<string, string>>;

interface WriterOptions<T extends PgTable> {
  /** The columns, if not all. */
  readonly names?: readonly Name<T>[];
  /** What follows the rows, such as ON CONFLICT. */
  readonly ending?: string;
  /** Whether rows may have an id that the database gave before. */
  readonly overriding?: boolean;
}

/**
 * A statement that writes many rows of a table at once, in the order in which they are given.
 */
export function rowsWriter<T extends PgTable, R = never>(
  table: T,
  { names, ending = '', overriding = false }: WriterOptions<T> = {},
): { readonly statement: Statement<Arrays, R>; arrays(rows: readonly Inserted<T>[]): Arrays } {
  const columns = columnsOf(table).filter(([name]) => names === undefined || names.includes(name as Name<T>));
  const list = columns.map(([, { name }]) => `"${name}"`).join(', ');
  const arrays = columns.map(([name, column]) => `:${name}::${arrayType(column)}`).join(', ');
  const values = columns.map(
    ([, column]) => `"${column.name}"${isArray(column) ? `::${typeOf(column)}` : ''}`,
  );
  const sql = `INSERT INTO ${getTableName(table)} (${list}) ${overriding ? 'OVERRIDING SYSTEM VALUE ' : ''}SELECT ${values.join(', ')} FROM unnest(${arrays}) WITH ORDINALITY AS w(${list}, place) ORDER BY place ${ending}`;
  return {
    statement: command(sql),
    arrays: (rows) =>
      Object.fromEntries(
        columns.map(([name]) => [name, arrayText(rows.map((row) => (row as Record<string, Value>)[name]))]),
      ),
  };
}

/** The list after DO UPDATE SET to take over every column of the row that could not be inserted. */
export function updateList(table: PgTable, without: readonly string[] = []): string {
  return columnsOf(table)
    .filter(([name]) => !without.includes(name))
    .map(([, { name }]) => `"${name}" = excluded."${name}"`)
    .join(', ');
}

function columnsOf(table: PgTable): [string, Column][] {
  return Object.entries<Column>(getTableColumns(table));
}

/** There are no arrays of arrays of different lengths: those are sent as texts. */
function arrayType(column: Column): string {
  return isArray(column) ? 'text[]' : `${typeOf(column)}[]`;
}

function isArray(column: Column): boolean {
  return typeOf(column).endsWith('[]');
}

function typeOf(column: Column): string {
  return column.getSQLType().replace(/ COLLATE .*/, '');
}
