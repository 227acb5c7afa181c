import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PostedReport } from '../../src/domain/report.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { startCluster } from '../postgres-cluster.ts';
import { MACHINE_IS_BUSY_MS, missing } from './postgres-database.ts';

const SERVERS = Array.from({ length: 20 }, (_, i) => `s${i}`);
const TICKS = { before: 480, more: 960 };

/** A check every two minutes that takes a while, and a report on its way for a while: the same every time. */
function unchanged(traits: (tick: number) => Partial<PostedReport>) {
  let state = 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  return (tick: number) =>
    SERVERS.map((server) => {
      const lastCheckAt = NOON + tick * 2 * MINUTE + random(30_000);
      return aReport({ server, lastCheckAt, receivedAt: lastCheckAt + random(2000), ...traits(tick) });
    });
}

/** In a cluster where nobody else writes: transactions of other databases delay when the room of a former row is free. */
async function openAlone() {
  const cluster = startCluster();
  if (cluster === undefined) throw new Error(missing);
  const url = `postgres://postgres@/postgres?host=${cluster.socket}`;
  const store = await openPostgresStore({ url, clock: () => NOON + 9 * DAY, tryMs: MACHINE_IS_BUSY_MS });
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await store.close();
    cluster.stop();
  });
  return { store, client };
}

describe.skipIf(missing !== undefined)(`an unchanged report in PostgreSQL (${missing ?? ''})`, () => {
  test.each<[string, (tick: number) => Partial<PostedReport>]>([
    ['as short as can be', () => ({})],
    ['with its duration', (tick) => ({ durationMs: 30_000 + ((tick * 7919) % 10_000) })],
    [
      'with its run',
      (tick) => ({ runUrl: `https://ci.example.org/rsyslog/deploy/actions/runs/${17_400_000 + 13 * tick}` }),
    ],
  ])('takes 20 bytes at most, indexes included: %s', async (_, traits) => {
    const { store, client } = await openAlone();
    const reports = unchanged(traits);
    const record = async (from: number, to: number) => {
      for (let tick = from; tick < to; tick += 24) {
        const ticks = Array.from({ length: Math.min(24, to - tick) }, (_, i) => tick + i);
        await recordAll(store, ticks.flatMap(reports), { origin: 'import' });
      }
      await client.query('VACUUM');
      const { rows } = await client.query<{ bytes: string }>(
        // Without the maps of free space: each is as large for a few pages as for thousands.
        `SELECT sum(pg_relation_size(oid)) AS bytes FROM pg_class
         WHERE relnamespace IN ('${SCHEMA}'::regnamespace, 'pg_toast'::regnamespace)`,
      );
      return Number(rows[0]?.bytes);
    };
    const before = await record(0, TICKS.before);
    const after = await record(TICKS.before, TICKS.before + TICKS.more);
    const bytes = (after - before) / (TICKS.more * SERVERS.length);
    expect(bytes).toBeGreaterThan(5);
    expect(bytes).toBeLessThanOrEqual(20);
  });
});
