import type Sqlite from 'better-sqlite3';
import { type Column, getTableColumns } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** The raw value of a column in SQLite: booleans are 0 or 1, JSON is text. */
type RawColumn<C extends Column> =
  | (C['_']['dataType'] extends 'json' ? string : C['_']['data'] extends boolean ? number : C['_']['data'])
  | (C['_']['notNull'] extends true ? never : null);

/** A row of a table in a prepared statement, without Drizzle. */
export type RawRow<T extends SQLiteTable> = {
  readonly [K in keyof T['_']['columns']]: RawColumn<T['_']['columns'][K]>;
};

type Name<T extends SQLiteTable> = string & keyof T['_']['columns'];

/** A row in the types of the rest of the program: with booleans, parsed JSON, and undefined instead of null. */
type Values<T extends SQLiteTable> = {
  readonly [K in keyof T['_']['columns']]:
    | T['_']['columns'][K]['_']['data']
    | (T['_']['columns'][K]['_']['notNull'] extends true ? never : undefined);
};

/** Some columns of a table, and the conversion of their values to raw ones and back. */
interface Columns<T extends SQLiteTable, N extends Name<T>> {
  readonly names: readonly N[];
  toValues(row: Pick<RawRow<T>, N>): Pick<Values<T>, N>;
  toRaw(values: Pick<Values<T>, N>): Pick<RawRow<T>, N>;
}

/** All columns of a table except the named ones. */
export function columnsWithout<T extends SQLiteTable, X extends Name<T>>(
  table: T,
  left: readonly X[],
): Columns<T, Exclude<Name<T>, X>> {
  type N = Exclude<Name<T>, X>;
  const isWanted = (entry: [string, Column]): entry is [N, Column] => !left.some((name) => name === entry[0]);
  const columns = Object.entries<Column>(getTableColumns(table)).filter(isWanted);
  return {
    names: columns.map(([name]) => name),
    // The types describe what `toValue` and `toRaw` do for each data type.
    toValues: (row) => converted(columns, row, toValue) as Pick<Values<T>, N>,
    toRaw: (values) => converted(columns, values, toRaw) as Pick<RawRow<T>, N>,
  };
}

function converted<N extends string>(
  columns: readonly (readonly [N, Column])[],
  row: Readonly<Record<N, unknown>>,
  convert: (value: unknown, dataType: string) => unknown,
): Record<N, unknown> {
  return Object.fromEntries(
    columns.map(([name, { dataType }]) => [name, convert(row[name], dataType)]),
  ) as Record<N, unknown>;
}

function toValue(raw: unknown, dataType: string): unknown {
  if (raw === null) return undefined;
  if (dataType === 'json') return JSON.parse(String(raw));
  return dataType === 'boolean' ? raw === 1 : raw;
}

function toRaw(value: unknown, dataType: string): unknown {
  if (value === undefined) return null;
  if (dataType === 'json') return JSON.stringify(value);
  return dataType === 'boolean' ? Number(value) : value;
}

/** The list after SELECT for columns of the table `alias`, each under its name in the schema, to get a `RawRow`. */
export function selectList<T extends SQLiteTable>(
  table: T,
  alias: string,
  names?: readonly Name<T>[],
): string {
  const columns = Object.entries<Column>(getTableColumns(table));
  const wanted = names === undefined ? columns : columns.filter(([name]) => names.includes(name));
  return wanted.map(([name, column]) => `${alias}."${column.name}" AS "${name}"`).join(', ');
}

/**
 * Prepares a statement that writes all columns of a table, and returns a function that runs it for a row. `statement`
 * gets the text after INSERT INTO `table`. Values are bound by position: by name SQLite takes four times as long for
 * each.
 */
export function rowWriter<T extends SQLiteTable>(
  client: Sqlite.Database,
  table: T,
  statement: (list: string) => string,
): (row: RawRow<T>) => void {
  const columns = Object.entries<Column>(getTableColumns(table));
  const names = columns.map(([name]) => name) as (keyof RawRow<T>)[];
  const quoted = columns.map(([, column]) => `"${column.name}"`).join(', ');
  const write = client.prepare<[unknown[]]>(
    statement(`(${quoted}) VALUES (${columns.map(() => '?').join(', ')})`),
  );
  return (row) => {
    write.run(names.map((name) => row[name]));
  };
}

/** The text after INSERT INTO `table` that writes every column, or the named ones, from the fields of a `RawRow`. */
export function insertList<T extends SQLiteTable>(table: T, names?: readonly Name<T>[]): string {
  const all = Object.entries<Column>(getTableColumns(table));
  const columns = names === undefined ? all : all.filter(([name]) => names.includes(name));
  const quoted = columns.map(([, column]) => `"${column.name}"`).join(', ');
  return `(${quoted}) VALUES (${columns.map(([name]) => `:${name}`).join(', ')})`;
}

/** The list after DO UPDATE SET that takes over every column of the row that could not be inserted. */
export function updateList(table: SQLiteTable): string {
  const columns = Object.values<Column>(getTableColumns(table));
  return columns.map(({ name }) => `"${name}" = excluded."${name}"`).join(', ');
}
