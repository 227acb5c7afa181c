import { afterAll, describe, expect, test } from 'vitest';
import { MOVED_NAMES, movedTable, NUMBERED } from '../../src/store/moved-tables.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { missing, theCluster } from './postgres-database.ts';

/** What SQLite has for itself. */
const NOT_MOVED = ['__drizzle_migrations', 'sqlite_sequence', 'sqlite_stat1'];

/** What only PostgreSQL has, or what is made anew from what is moved. */
const ONLY_THERE = [
  'chunk',
  'counter',
  'event_counter',
  'event_pending',
  'kept_chunk',
  'lease',
  'migration',
  'node',
  'stale_watch',
];

/** There reports are packed, the newest of a target in its row of `target_status`. */
const PACKED = { report: 'report', columns: /^(?:duration_ms|run_url|tail_\w+)$/ };

function own(columns: string): string {
  return columns
    .split(' ')
    .filter((column) => !PACKED.columns.test(column))
    .join(' ');
}

const TABLES = MOVED_NAMES.map(movedTable);

describe('the list of what is moved', () => {
  const { $client: client } = openDatabase({ path: ':memory:', version: '1.2.3' });
  afterAll(() => void client.close());
  const found = client
    .prepare<[], { table: string; column: string }>(
      `SELECT t.name AS "table", c.name AS "column" FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`,
    )
    .all()
    .filter(({ table }) => !NOT_MOVED.includes(table));

  test('has every table in SQLite, and uses every column of it', () => {
    const used = found.filter(({ table, column }) => {
      const moved = TABLES.find(({ name }) => name === table);
      const read = moved?.columns.map(({ name }) => moved.inSqlite?.[name] ?? name).join(' ') ?? '';
      return new RegExp(`\\b${column}\\b`).test(read);
    });
    expect(used).toEqual(found);
    expect(new Set(found.map(({ table }) => table))).toEqual(new Set(MOVED_NAMES));
  });

  test('numbers on every id that SQLite gives', () => {
    const giving = client
      .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'`)
      .pluck()
      .all()
      .filter((name) => !NOT_MOVED.includes(name));
    expect(new Set(Object.keys(NUMBERED))).toEqual(new Set([...giving, 'finding', 'source']));
  });

  test.skipIf(missing !== undefined)(
    `has every table and column in PostgreSQL (${missing ?? 'here'})`,
    async () => {
      const client = await (await theCluster()).connect();
      const { rows } = await client.query<{ table: string; columns: string }>(
        `SELECT c.table_name AS table, string_agg(c.column_name, ' ' ORDER BY c.column_name COLLATE "C") AS columns
         FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE c.table_schema = '${SCHEMA}' AND t.table_type = 'BASE TABLE'
           AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('%I.%I', c.table_schema, c.table_name)::regclass)
         GROUP BY 1`,
      );
      const there = rows
        .filter(({ table }) => !ONLY_THERE.includes(table))
        .map(({ table, columns }) => ({
          table,
          columns: table === 'target_status' ? own(columns) : columns,
        }));
      const listed = TABLES.filter(({ name }) => name !== PACKED.report).map(({ name, columns }) => ({
        table: name,
        columns: columns
          .map((column) => column.name)
          .sort()
          .join(' '),
      }));
      const byName = (a: { table: string }, b: { table: string }) => (a.table < b.table ? -1 : 1);
      expect([...there].sort(byName)).toEqual([...listed].sort(byName));
      expect(rows.length - there.length).toBe(ONLY_THERE.length);
    },
  );
});
