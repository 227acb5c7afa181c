import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { blocksOf } from '../docs/blocks.ts';
import { aReport, HOUR, NOON, recordAll } from '../fixtures.ts';
import { MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';

const BLOCKS = blocksOf('docs/postgres.md').filter(({ notes }) =>
  notes.includes('run by: test/store/postgres-roles.test.ts'),
);
const DROP = [
  'DROP DATABASE IF EXISTS gitops_status',
  ...['owner', 'runtime', 'reader'].map((role) => `DROP ROLE IF EXISTS gitops_status_${role}`),
];

const drift = aReport({ lastCheckAt: NOON, syncStatus: 'OUT_OF_SYNC', files: ['a'] });

describe.skipIf(missing !== undefined)('the documented statements', () => {
  const [roles = '', grants = '', afterRestore = ''] = BLOCKS.map(({ text }) => text);

  /** A connection for as long as the test runs. */
  async function connectTo(url: string): Promise<pg.Client> {
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  }

  test('make roles of which one changes the schema, one serves, and one reads the views alone', async () => {
    const { url } = await theCluster();
    const admin = await connectTo(url);
    onTestFinished(async () => {
      for (const statement of DROP) await admin.query(statement);
    });
    for (const statement of roles.split(';\n')) await admin.query(statement);
    const as = (role: string) =>
      url.replace('postgres@', `gitops_status_${role}@`).replace(/\/test_\w+/, '/gitops_status');
    await migrate(as('owner'));
    const owner = new pg.Client(as('owner'));
    await owner.connect();
    await owner.query(grants);
    await owner.end();

    const store = await openPostgresStore({
      url: as('runtime'),
      clock: () => NOON + HOUR,
      tryMs: MACHINE_IS_BUSY_MS,
    });
    await recordAll(store, [drift]);
    expect((await store.eventsAfter(0, { limit: 10 })).events).not.toEqual([]);
    await store.probe();
    await store.close();
    const runtime = new pg.Client(as('runtime'));
    await runtime.connect();
    await expect(runtime.query('CREATE TABLE gitops_status.more ()')).rejects.toThrow(/permission denied/);
    await runtime.query('SET ROLE gitops_status_owner');
    await runtime.end();

    const reader = new pg.Client(as('reader'));
    await reader.connect();
    try {
      for (const view of ['status', 'timeline', 'incidents'])
        expect((await reader.query(`SELECT * FROM gitops_status.${view}`)).rowCount).toBeGreaterThan(0);
      for (const table of ['token', 'incident', 'target_status'])
        await expect(reader.query(`SELECT * FROM gitops_status.${table}`)).rejects.toThrow(
          /permission denied/,
        );
    } finally {
      await reader.end();
    }
  });

  test('keep numbers that were told before a restore from being given again', async () => {
    const { open, connect } = await theCluster();
    const before = await open();
    await recordAll(before, [drift]);
    const told = await before.eventsAfter(0, { limit: 10 });
    await (await connect()).query(afterRestore);
    const after = await open();
    await recordAll(after, [aReport({ server: 'another', syncStatus: 'OUT_OF_SYNC', lastCheckAt: NOON })]);
    const { events } = await after.eventsAfter(told.next, { limit: 10 });
    expect(Math.min(...events.map(({ seq }) => seq))).toBe(1_000_000 + told.next + 1);
    const ids = (await after.incidents({}, { from: 0, to: NOON + HOUR })).map(({ id }) => id);
    expect(ids.sort((a, b) => a - b)).toEqual([1, 1_000_002]);
  });
});
