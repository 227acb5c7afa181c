import type Sqlite from 'better-sqlite3';
import { vi } from 'vitest';

/** The query plan of every statement that is prepared meanwhile. */
export function plansOf(client: Sqlite.Database, prepareAll: () => unknown): Map<string, string[]> {
  const prepare = vi.spyOn(client, 'prepare');
  prepareAll();
  const statements = prepare.mock.calls.map(([statement]) => statement);
  prepare.mockRestore();
  const explained = statements.filter((statement) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(statement));
  return new Map(explained.map((statement) => [statement, planOf(client, statement)]));
}

function planOf(client: Sqlite.Database, statement: string): string[] {
  const bound = statement.replace(/:[a-zA-Z_]+|\?/g, '1');
  return client
    .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${bound}`)
    .all()
    .map(({ detail }) => detail);
}
