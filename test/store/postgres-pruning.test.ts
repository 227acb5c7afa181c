import type pg from 'pg';
import { expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { aReport, DAY, NOON, recordAll } from '../fixtures.ts';
import { atFullLength } from '../full-length.ts';
import { missing, theCluster } from './postgres-database.ts';

const ROUNDS = atFullLength(100, { otherwise: 6 });
const FOUND = Array.from({ length: 30 }, (_, place) => place);

/** What names a finding or a source that is not there. */
async function dangling(client: pg.Client): Promise<unknown[]> {
  const { rows: naming } = await client.query<{ text: string }>(`
    SELECT format('SELECT %L AS table, %I AS id FROM %I.%I t WHERE %I IS NOT NULL AND NOT EXISTS (
      SELECT FROM %I.%I n WHERE n.id = t.%I)', c.table_name, c.column_name, '${SCHEMA}', c.table_name, c.column_name,
      '${SCHEMA}', replace(c.column_name, '_id', ''), c.column_name) AS text
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = '${SCHEMA}' AND t.table_type = 'BASE TABLE' AND c.column_name IN ('finding_id', 'source_id')`);
  expect(naming.length).toBeGreaterThan(3);
  return (await client.query(naming.map(({ text }) => text).join(' UNION ALL '))).rows;
}

test.skipIf(missing !== undefined)(
  `what is found again while one node removes it as unused is there, whichever node stores it (${missing ?? ''})`,
  async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    let now = NOON;
    const open = () => cluster.open({ now: () => now });
    const [pruner, ...nodes] = [await open(), await open(), await open()];
    let removed = 0;
    const prune = async () => {
      const before = now - DAY;
      const horizons = { reportsBefore: before, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
      for await (const { findings } of pruner.prune(horizons, 1)) removed += findings;
    };
    for (let round = 0; round < ROUNDS; round++) {
      const target = (i: number) => ({ repo: 'rsyslog', server: `s${round}.${i}` });
      const record = async (node: (typeof nodes)[number], i: number) => {
        for (const place of FOUND) {
          const found = (place * (i + 1) * 7) % FOUND.length;
          const traits = {
            ...target(i),
            syncStatus: 'OUT_OF_SYNC' as const,
            files: [`f${found}`],
            commit: `c${found}`,
          };
          await recordAll(node, [aReport({ ...traits, lastCheckAt: now - 1000 + place })]);
        }
      };
      await Promise.all([...nodes.map(record), prune()]);
      expect(await dangling(client)).toEqual([]);
      // Nothing names what was found any more, and soon nobody has used it for days.
      for (const i of nodes.keys())
        await nodes[i]?.deleteTarget(target(i), { purge: true, actor: undefined });
      await prune();
      now += 4 * DAY;
    }
    expect(removed).toBeGreaterThan(FOUND.length);
  },
);
