import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { aReport, HOUR, NOON, recordAll } from '../fixtures.ts';
import { atFullLength } from '../full-length.ts';
import { startCluster } from '../postgres-cluster.ts';
import { MACHINE_IS_BUSY_MS, missing } from './postgres-database.ts';

const SERVERS = Array.from({ length: 50 }, (_, i) => `s${i}`);
const ROUNDS = atFullLength(400, { otherwise: 40 });

/** In a cluster where nobody else writes: transactions of other databases delay when the room of a former row is free. */
test.skipIf(missing !== undefined)(
  'the usual report changes its target in place: no index of PostgreSQL is written',
  async () => {
    const cluster = startCluster();
    if (cluster === undefined) throw new Error(missing);
    onTestFinished(cluster.stop);
    const url = `postgres://postgres@/postgres?host=${cluster.socket}`;
    const store = await openPostgresStore({ url, clock: () => NOON + HOUR, tryMs: MACHINE_IS_BUSY_MS });
    const client = new pg.Client(url);
    await client.connect();
    try {
      const updates = async () => {
        const { rows } = await client.query<{ all: string; hot: string }>(
          `SELECT n_tup_upd AS all, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'target_status'`,
        );
        return { all: Number(rows[0]?.all), hot: Number(rows[0]?.hot) };
      };
      for (let round = 0; round < ROUNDS; round++) {
        const lastCheckAt = NOON + (round * HOUR) / ROUNDS;
        await recordAll(
          store,
          SERVERS.map((server) => aReport({ server, lastCheckAt })),
        );
      }
      // A connection says what it has done within a few seconds.
      await expect
        .poll(async () => (await updates()).all, { timeout: MACHINE_IS_BUSY_MS })
        .toBeGreaterThanOrEqual(SERVERS.length * (ROUNDS - 1));
      const { all, hot } = await updates();
      expect(hot / all).toBeGreaterThanOrEqual(0.95);
    } finally {
      await client.end();
      await store.close();
    }
  },
);
