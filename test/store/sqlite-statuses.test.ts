import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/domain/report.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { anArrival } from './arrivals.ts';
import { LONG_MS } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'lab' };

describe('the statuses that an SQLite store keeps', () => {
  let stores: Stores;
  beforeEach(() => {
    stores = openStores();
  });
  afterEach(() => stores.close());

  test(
    'are what the tables say, whatever happened since they were asked for, and to whom it was done',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(aStep, { maxLength: 12, size: 'max' }), async (steps) => {
          const fresh = openStores();
          try {
            for (const step of steps) await take(fresh, step);
            await expectTruth(fresh);
          } finally {
            await fresh.close();
          }
        }),
        { numRuns: 60 },
      );
    },
    LONG_MS,
  );

  test('are the very same objects where nothing was recorded since', async () => {
    const { store, reading } = stores;
    await store.record([aReport({ server: 'lab' }), aReport({ server: 'prod' })]);
    for (const asked of [store, reading]) {
      const [lab, prod] = await asked.statuses({});
      await store.probe();
      await store.record([aReport({ server: 'lab' })]);
      expect((await asked.statuses({}))[0]).toBe(lab);
      await store.record([aReport({ server: 'prod', checkedAt: (prod?.checkedAt ?? 0) + MINUTE })]);
      const after = await asked.statuses({});
      expect(after[0]).toBe(lab);
      expect(after[1]).not.toBe(prod);
    }
  });

  test('have what was recorded before the question, also where nobody waits for the one before', async () => {
    const { store, reading } = stores;
    await store.record([aReport({ server: 'lab' })]);
    for (let minute = 1; minute <= 20; minute++) {
      const early = [store.statuses({}), reading.statuses({})];
      const recording = store.record([aReport({ server: 'lab', checkedAt: NOON + minute * MINUTE })]);
      const meanwhile = [store.statuses({}), reading.statuses({})];
      await recording;
      for (const asked of [store, reading]) {
        expect(await asked.statuses({})).toMatchObject([{ checkedAt: NOON + minute * MINUTE }]);
      }
      await Promise.all([...early, ...meanwhile]);
    }
  });

  test('are read anew where pruning took of the history: nobody has to reason about what is left', async () => {
    const { store } = stores;
    const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
    await store.record([
      aReport(),
      aReport({ checkedAt: NOON + MINUTE, ...drift }),
      aReport({ checkedAt: NOON + 2 * MINUTE }),
      aReport({ checkedAt: NOON + 3 * MINUTE }),
    ]);
    const tell = store.followChanges();
    tell();
    const at = NOON + 3 * MINUTE;
    for await (const _ of store.prune({ reportsBefore: at, historyBefore: NOON }, 0));
    expect(tell()).toEqual([]);
    for await (const _ of store.prune({ reportsBefore: at, historyBefore: at }, 0));
    expect(tell()).toBe('anything');
  });

  test('do not change in the hands of whoever was given them', async () => {
    const { store } = stores;
    await store.record([aReport({ server: 'lab' })]);
    const before = await store.statuses({});
    await store.record([aReport({ server: 'a' }), aReport({ server: 'lab', checkedAt: NOON + MINUTE })]);
    await store.statuses({});
    expect(before).toMatchObject([{ target: LAB, checkedAt: NOON }]);
  });
});

interface Stores {
  /** The one that serves, and asks itself. */
  readonly store: SqliteStore;
  /** Over a connection that only reads, told by the one that writes. */
  readonly reading: Store;
  /** Another process. */
  readonly other: Store;
  close(): Promise<void>;
}

function openStores(): Stores {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-statuses-'));
  const at = { path: join(folder, 'status.db'), version: '0.0.0-test' };
  const store = openSqliteStore(at);
  const other = openSqliteStore(at);
  const tellChanges = store.followChanges();
  const reading = openSqliteStore({ ...at, readOnly: true, tellChanges: async () => tellChanges() });
  return {
    store,
    reading,
    other,
    async close() {
      for (const open of [reading, other, store]) await open.close();
      rmSync(folder, { recursive: true });
    },
  };
}

type Step =
  | { readonly kind: 'record'; readonly by: 'store' | 'other'; readonly reports: readonly Report[] }
  | { readonly kind: 'forget'; readonly by: 'store' | 'other'; readonly server: string }
  | { readonly kind: 'prune'; readonly by: 'store' | 'other'; readonly at: number }
  | { readonly kind: 'ask' };

const by = fc.oneof({ weight: 3, arbitrary: fc.constant('store' as const) }, fc.constant('other' as const));

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      by,
      reports: fc.array(anArrival, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'ask' as const }) },
  fc.record({ kind: fc.constant('forget' as const), by, server: fc.constantFrom('lab', 'prod') }),
  fc.record({
    kind: fc.constant('prune' as const),
    by,
    at: fc.integer({ min: 0, max: 60 }).map((minute) => NOON + minute * MINUTE),
  }),
);

async function take(stores: Stores, step: Step): Promise<void> {
  if (step.kind === 'ask') return expectTruth(stores);
  const store = stores[step.by];
  if (step.kind === 'forget') await store.forget({ ...LAB, server: step.server });
  else if (step.kind === 'prune') {
    for await (const _ of store.prune({ reportsBefore: step.at, historyBefore: step.at }, 0)) {
      await expectTruth(stores);
    }
  } else {
    // Older than what pruning left: then nothing is recorded.
    await store.record(step.reports).catch(() => undefined);
    // And a retry changes nothing.
    if (step.reports.length > 2) await store.record(step.reports).catch(() => undefined);
  }
}

/** A question that names every target is answered from the tables. */
async function expectTruth({ store, reading, other }: Stores): Promise<void> {
  const truth = await other.statuses({ repos: [LAB.repo] });
  expect(await store.statuses({})).toEqual(truth);
  expect(await reading.statuses({})).toEqual(truth);
  expect(await other.statuses({})).toEqual(truth);
  expect(await reading.statuses({}, NOON + HOUR)).toEqual(truth);
}
