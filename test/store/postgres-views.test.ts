import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { NOON } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { aCluster, missing } from './postgres-database.ts';
import { expectViewsToAgree, lives, type Row } from './views-contract.ts';

/** The clock of the views, which a test sets. */
const SET_CLOCK = (now: number) =>
  `CREATE OR REPLACE FUNCTION ${SCHEMA}.now_ms() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT ${now}::bigint'`;
const RIGHT_CLOCK = `CREATE OR REPLACE FUNCTION ${SCHEMA}.now_ms() RETURNS bigint LANGUAGE sql STABLE
  AS 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'`;

describe.skipIf(missing !== undefined)('the views for clients of PostgreSQL', () => {
  test('say what the API says, whatever was reported, declared and deleted, at any time', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        const cluster = await aCluster();
        let now = NOON;
        const store = await cluster.open({ now: () => now });
        try {
          const client = await cluster.connect();
          const setNow = (to: number) => {
            now = to;
          };
          const rows = async (view: string, at: number) => {
            await client.query(SET_CLOCK(at));
            return (await client.query<Row>(`SELECT * FROM ${SCHEMA}.${view}`)).rows.map(shown);
          };
          await expectViewsToAgree({ store, setNow, rows }, life);
          await client.query(RIGHT_CLOCK);
        } finally {
          await cluster.close();
        }
      }),
      propertyRuns(60),
    );
  });
});

/** As the API gives it: instants as texts, and numbers that `pg` reads as texts. */
function shown(row: Row): Row {
  const value = (one: unknown) => (one instanceof Date ? one.toISOString() : one);
  const named = Object.entries(row).map(([name, one]) => [
    name,
    NUMBERS.has(name) && one !== null ? Number(one) : value(one),
  ]);
  return Object.fromEntries(named);
}

const NUMBERS = new Set(['id', 'incident_id', 'drift_count', 'max_drift_count']);
