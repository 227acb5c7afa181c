import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { Servers } from '../../src/store/postgres/servers.ts';
import { exported } from './harness.ts';
import { MACHINE_IS_BUSY_MS, missing, runOn, theCluster } from './postgres-database.ts';
import { AFTER_THEM, exportedWhile, OLD_WEEK, passes, recordTwelveDays } from './postgres-removal.ts';

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
});
