import { describe, expect, test } from 'vitest';
import type { EventPage } from '../../src/store/event-log.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { missing, theCluster } from './postgres-database.ts';

/** Those that number, or have just done so. */
const NUMBERING = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND query LIKE '%INSERT INTO event (seq%' AND pid <> pg_backend_pid()`;

describe.skipIf(missing !== undefined)(`numbers of events (${missing ?? 'on PostgreSQL'})`, () => {
  test('are given by one process at a time: others wait for one that is about to give some, and go on after them', async () => {
    const cluster = await theCluster();
    const [writing, reading] = [await cluster.open(), await cluster.open()];
    const [numbering, watching] = [await cluster.connect(), await cluster.connect()];
    await numbering.query(`SET search_path = ${SCHEMA}; BEGIN; SELECT seq FROM event_counter FOR UPDATE`);
    await recordAll(writing, [aReport({ server: 'a', lastCheckAt: NOON })]);
    await numbering.query(`
      WITH taken AS (DELETE FROM event_pending RETURNING *) INSERT INTO event SELECT * FROM taken;
      UPDATE event_counter SET seq = (SELECT max(seq) FROM event)`);
    await recordAll(writing, [aReport({ server: 'b', lastCheckAt: NOON + MINUTE })]);
    const pages = Promise.all([1, 2, 3, 4].map(() => reading.eventsAfter(0, { limit: 10 })));
    // Each process numbers by itself from time to time, too: one of three is for a reader.
    await expect.poll(async () => (await watching.query(NUMBERING)).rowCount).toBeGreaterThanOrEqual(3);
    await numbering.query('COMMIT');
    const [{ events }] = (await pages) as [EventPage];
    // Each appears, and is stale at once.
    expect(events.map(({ server }) => server)).toEqual(['a', 'a', 'b', 'b']);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test('are waited for some seconds only, if the process that gives them does not end', async () => {
    const cluster = await theCluster();
    const [store, numbering] = [await cluster.open(), await cluster.connect()];
    await numbering.query(`SET search_path = ${SCHEMA}; BEGIN; SELECT seq FROM event_counter FOR UPDATE`);
    await recordAll(store, [aReport()]);
    await expect(store.eventsAfter(0, { limit: 10 })).rejects.toMatchObject({ code: 'unavailable' });
    await numbering.query('ROLLBACK');
    expect((await store.eventsAfter(0, { limit: 10 })).events).not.toEqual([]);
  });
});
