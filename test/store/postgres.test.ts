import { describe } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { NOON } from '../fixtures.ts';
import { describeStore } from './contract.ts';
import type { Harness } from './harness.ts';
import { aDatabase, MACHINE_IS_BUSY_MS, missing } from './postgres-database.ts';

async function startStore(): Promise<Harness> {
  const database = await aDatabase();
  let now = NOON;
  const open = () => openPostgresStore({ url: database.url, clock: () => now, tryMs: MACHINE_IS_BUSY_MS });
  let current = await open();
  return {
    store: current,
    setNow(next) {
      now = next;
    },
    async restart() {
      await current.close();
      current = await open();
      return current;
    },
    async dispose() {
      await current.close();
      await database.release();
    },
  };
}

describe.skipIf(missing !== undefined)(`PostgreSQL (${missing ?? 'a cluster of its own'})`, () => {
  describeStore('the store', Object.assign(startStore, { isSlow: true, packsReports: true }));
});
