import { type Column, getTableColumns } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** A column as SQLite itself gives and takes it: booleans are 0 or 1, JSON is text. */
type RawColumn<C extends Column> =
  | (C['_']['dataType'] extends 'json' ? string : C['_']['data'] extends boolean ? number : C['_']['data'])
  | (C['_']['notNull'] extends true ? never : null);

/** A row of a table as a prepared statement gives and takes it, without Drizzle in between. */
export type RawRow<T extends SQLiteTable> = {
  readonly [K in keyof T['_']['columns']]: RawColumn<T['_']['columns'][K]>;
};

type Name<T extends SQLiteTable> = string & keyof T['_']['columns'];

/** What follows SELECT to have columns of the table `alias` under their names in the schema, in a `RawRow`. */
export function selectList<T extends SQLiteTable>(
  table: T,
  alias: string,
  names?: readonly Name<T>[],
): string {
  const columns = Object.entries<Column>(getTableColumns(table));
  const wanted = names === undefined ? columns : columns.filter(([name]) => names.includes(name));
  return wanted.map(([name, column]) => `${alias}."${column.name}" AS "${name}"`).join(', ');
}

/** What follows INSERT INTO `table` to write every column from the named parameters of a `RawRow`. */
export function insertList(table: SQLiteTable): string {
  const columns = Object.entries<Column>(getTableColumns(table));
  const quoted = columns.map(([, column]) => `"${column.name}"`).join(', ');
  return `(${quoted}) VALUES (${columns.map(([name]) => `:${name}`).join(', ')})`;
}

/** What follows DO UPDATE SET to take every column from the row that could not be inserted. */
export function updateList(table: SQLiteTable): string {
  const columns = Object.values<Column>(getTableColumns(table));
  return columns.map(({ name }) => `"${name}" = excluded."${name}"`).join(', ');
}
