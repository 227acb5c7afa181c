import { getTableName, is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import * as schema from '../../src/store/sqlite/schema.ts';
import { missingFromSchema } from '../../src/store/sqlite/schema-check.ts';
import * as schemaOfMutes from '../../src/store/sqlite/schema-mutes.ts';
import * as schemaOfNotifications from '../../src/store/sqlite/schema-notifications.ts';

const { $client: client } = openDatabase({ path: ':memory:', version: '0.0.0-test' });
afterAll(() => {
  client.close();
});

const TABLES = Object.values({ ...schema, ...schemaOfMutes, ...schemaOfNotifications }).filter((one) =>
  is(one, SQLiteTable),
);
const named = TABLES.map((table) => [getTableName(table), getTableConfig(table)] as const);

type Row = Record<string, string | number | null>;
const all = (sql: string, ...params: string[]) => client.prepare<string[], Row>(sql).all(...params);

/** drizzle-kit writes the migrations and people complete them: it knows neither STRICT nor WITHOUT ROWID. */
describe('the result of the migrations', () => {
  const tables = all(`SELECT name, wr, strict FROM pragma_table_list WHERE type = 'table'`).filter(
    ({ name }) => !/^(sqlite_|__drizzle)/.test(String(name)),
  );

  test('is the tables of the schema, each of them STRICT', () => {
    expect(tables.map(({ name }) => name).sort()).toEqual(named.map(([name]) => name).sort());
    expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
  });

  test('is WITHOUT ROWID if rows are clustered by their own key', () => {
    const clustered = tables.filter(({ wr }) => wr === 1).map(({ name }) => name);
    expect(clustered.sort()).toEqual(['former_name', 'meta', 'mute_target', 'period', 'report']);
  });

  test.each(named)('%s: its columns are those of the schema', (name, { columns, primaryKeys }) => {
    const key = primaryKeys.flatMap((one) => one.columns.map((column) => column.name));
    const declared = columns.map((column) => ({
      name: column.name,
      type: column.getSQLType(),
      notNull: column.notNull || key.includes(column.name),
      key: column.primary ? 1 : key.indexOf(column.name) + 1,
    }));
    const made = all('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', name);
    const byName = (a: { name: unknown }, b: { name: unknown }) => (String(a.name) < String(b.name) ? -1 : 1);
    expect(
      made
        .map(({ name: column, type, notnull, pk }) => ({
          name: column,
          type: String(type).toLowerCase(),
          notNull: notnull === 1,
          key: pk,
        }))
        .sort(byName),
    ).toEqual(declared.sort(byName));
  });

  test.each(named)('%s: its indexes are those of the schema', (name, { indexes, uniqueConstraints }) => {
    const columnsOf = (columns: readonly object[]) =>
      columns.map((column) => ('name' in column ? column.name : 'an expression'));
    const declared = [
      ...indexes.map(({ config }) => ({
        name: config.name,
        unique: config.unique === true,
        isPartial: config.where !== undefined,
        columns: columnsOf(config.columns),
      })),
      ...uniqueConstraints.map((one) => ({
        name: one.name,
        unique: true,
        isPartial: false,
        columns: columnsOf(one.columns),
      })),
    ];
    const made = all(`SELECT name, "unique", partial FROM pragma_index_list(?) WHERE origin = 'c'`, name);
    const found = made.map((index) => ({
      name: index.name,
      unique: index.unique === 1,
      isPartial: index.partial === 1,
      columns: all('SELECT name FROM pragma_index_info(?) ORDER BY seqno', String(index.name)).map(
        (column) => column.name ?? 'an expression',
      ),
    }));
    expect(new Set(found)).toEqual(new Set(declared));
  });

  test.each(named)('%s: its foreign keys are those of the schema', (name, { foreignKeys }) => {
    const declared = foreignKeys.map((key) => {
      const { columns, foreignTable, foreignColumns } = key.reference();
      return {
        from: columns[0]?.name,
        table: getTableName(foreignTable),
        to: foreignColumns[0]?.name,
        onDelete: (key.onDelete ?? 'no action').toUpperCase(),
      };
    });
    const made = all('SELECT * FROM pragma_foreign_key_list(?)', name);
    const found = made.map(({ from, table, to, on_delete: onDelete }) => ({ from, table, to, onDelete }));
    expect(new Set(found)).toEqual(new Set(declared));
  });
});

test('a database with all tables and indexes is told from one that lacks some, or has others of their names', () => {
  const { $client: own } = openDatabase({ path: ':memory:', version: '0.0.0-test' });
  try {
    expect(missingFromSchema(own)).toEqual([]);
    // As Litestream does.
    own.exec('CREATE TABLE _somebody_elses (x)');
    expect(missingFromSchema(own)).toEqual([]);
    own.exec(
      'DROP INDEX period_synced; DROP INDEX incident_opened; CREATE INDEX incident_opened ON incident (id)',
    );
    expect(missingFromSchema(own)).toEqual([
      'index incident_opened is another one than this version makes',
      'index period_synced is missing',
    ]);
  } finally {
    own.close();
  }
});
