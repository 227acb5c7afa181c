import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { Servers } from '../../src/store/postgres/servers.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported } from './harness.ts';
import { MACHINE_IS_BUSY_MS, missing, runOn, theCluster } from './postgres-database.ts';
import {
  AFTER_THEM,
  exportedThrough,
  exportedWhile,
  OLD_WEEK,
  passes,
  recordTwelveDays,
} from './postgres-removal.ts';

describe.skipIf(missing !== undefined)(`an export of PostgreSQL (${missing ?? ''})`, () => {
  test('has every report of its snapshot, also if a partition is removed before it reads the first one', async () => {
    const { url, open } = await theCluster();
    const store = await open({ now: () => AFTER_THEM });
    await recordTwelveDays(store);
    await passes(store, 2);
    const before = await exported(store);
    const IS_REMOVED = `
      SELECT bool_or(inhdetachpending) IS NOT FALSE AS yes FROM pg_inherits
      WHERE inhrelid = to_regclass('${SCHEMA}.${OLD_WEEK}')`;
    let pruning: Promise<void> | undefined;
    const seen = await exportedWhile(Servers.primary(url), async () => {
      pruning = passes(store, 1);
      await expect
        .poll(() => runOn(url, IS_REMOVED), { timeout: MACHINE_IS_BUSY_MS })
        .toEqual([{ yes: true }]);
    });
    expect(seen).toEqual(before);
    await pruning;
    expect(await exported(store)).toHaveLength(before.length - 3);
  });

  test('has all reports of one instant in order, however many there are', async () => {
    const { url, open } = await theCluster();
    const store = await open();
    await recordAll(store, [aReport(), aReport({ lastCheckAt: NOON + MINUTE, commit: 'another pack' })]);
    const [one, last] = (await exported(store)).map(({ receivedAt }) => receivedAt);
    await runOn(
      url,
      `INSERT INTO ${SCHEMA}.chunk
       SELECT (jsonb_populate_record(c, jsonb_build_object('first_received_at', first_received_at + n))).*
       FROM ${SCHEMA}.chunk c, generate_series(1, 5000) n`,
    );
    const seen = (await exported(store)).map(({ receivedAt }) => receivedAt);
    expect(seen).toEqual([...Array.from({ length: 5001 }, (_, n) => Number(one) + n), last]);
  });

  test('holds few lists of files at a time, however many there are and however many reports have them', async () => {
    const { url, open } = await theCluster();
    const store = await open();
    const files = Array.from({ length: 100 }, (_, place) => 'z'.repeat(100) + place);
    const lists = Array.from({ length: 60 }, (_, place) => [`${place}`, ...files]);
    // All of one instant, so that no page of packs ends between them.
    const reports = ['a', 'b', 'c'].flatMap((commit) =>
      lists.map((list) => aReport({ syncStatus: 'OUT_OF_SYNC', files: list, commit })),
    );
    await recordAll(store, reports);
    let most = 0;
    const seen = await exportedThrough(Servers.primary(url), async (run) => {
      const rows = await run();
      most = Math.max(most, JSON.stringify(rows).length);
      return rows;
    });
    expect(seen.map(({ finding }) => finding.files[0]?.name)).toEqual(
      ['a', 'b', 'c'].flatMap(() => lists.map(([first]) => first)),
    );
    expect(most).toBeLessThan(40 * JSON.stringify(JSON.stringify(files)).length);
  });
});
