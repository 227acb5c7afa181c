import { describe, expect } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, exported, type StartStore, storedHistory, storeTest } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const [HIDE, PURGE] = [{ purge: false }, { purge: true }];
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** Deleting targets. */
export function describeDeleting(start: StartStore): void {
  const it = storeTest(start);

  describe('a deleted target', () => {
    it('is in no answer any more, and no other is affected', async (store) => {
      await recordAll(store, [aReport(drift), aReport({ server: 'other', ...drift })]);
      expect(await store.deleteTarget(LAB, HIDE)).toBe(true);
      expect(await serversIn(store)).toEqual({
        statuses: ['other'],
        asOf: ['other'],
        periods: ['other'],
        incidents: ['other'],
        reports: ['other'],
      });
    });

    it('keeps its history, which is there again when it comes back', async (store, { setNow }) => {
      setNow(NOON + MINUTE);
      await recordAll(store, [aReport(), aReport({ lastCheckAt: NOON + MINUTE, ...drift })]);
      setNow(NOON + 3 * MINUTE);
      await store.deleteTarget(LAB, HIDE);
      setNow(NOON + HOUR);
      await recordAll(store, [aReport({ lastCheckAt: NOON + HOUR })]);
      const [history] = await storedHistory(store);
      expect(history?.periods.map(({ startedAt, staleAt }) => [startedAt, staleAt])).toEqual([
        [NOON, NOON + 10 * MINUTE],
        // Earlier reports are no longer valid for it afterwards.
        [NOON + MINUTE, NOON + 3 * MINUTE],
        [NOON + HOUR, NOON + HOUR + 10 * MINUTE],
      ]);
      expect(history?.incidents).toMatchObject([{ openedAt: NOON + MINUTE, resolvedAt: NOON + HOUR }]);
      expect(await store.statuses({}, NOON + 5 * MINUTE)).toMatchObject([{ staleAt: NOON + 3 * MINUTE }]);
      expect(await exported(store)).toHaveLength(3);
    });

    it('has one event, and deleting it again makes no second event', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport({ labels: { env: 'lab' } })]);
      setNow(NOON + MINUTE);
      expect(await store.deleteTarget(LAB, { ...HIDE, actor: { name: 'admin', verified: true } })).toBe(true);
      expect(await store.deleteTarget(LAB, HIDE)).toBe(false);
      expect(await store.deleteTarget(LAB, PURGE)).toBe(true);
      const { events } = await store.eventsAfter(1, { limit: 10 });
      expect(events).toMatchObject([
        {
          kind: 'target_deleted',
          origin: 'delete',
          actor: 'admin',
          effectiveAt: NOON + MINUTE,
          labels: { env: 'lab' },
          previousState: 'SYNCED',
          state: undefined,
        },
      ]);
    });

    it('has no event of silence', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport()]);
      await store.deleteTarget(LAB, HIDE);
      setNow(NOON + HOUR);
      expect(await store.recordTimeChanges(100)).toBe(0);
    });

    it('is none if there is no such target', async (store) => {
      await recordAll(store, [aReport()]);
      for (const options of [HIDE, PURGE]) {
        expect(await store.deleteTarget({ ...LAB, server: 'nobody' }, options)).toBe(false);
      }
      expect(await store.statuses({})).toHaveLength(1);
    });
  });

  describe('a purged target', () => {
    it('frees its name at once: reports under it begin a new history', async (store, { setNow }) => {
      setNow(NOON + HOUR);
      await recordAll(store, [aReport({ ...drift, check: 'nightly', labels: { env: 'lab' } })]);
      expect(await store.deleteTarget(LAB, PURGE)).toBe(true);
      expect(await store.deleteTarget(LAB, PURGE)).toBe(false);
      const [again] = await recordAll(store, [aReport({ lastCheckAt: NOON - MINUTE, ...drift })]);
      expect(again).toMatchObject({ recorded: 'new', change: 'first' });
      expect(await store.statuses({})).toMatchObject([{ labels: {}, reports: { OUT_OF_SYNC: 1 } }]);
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([{ openedAt: NOON - MINUTE }]);
      const { events } = await store.eventsAfter(0, { limit: 20 });
      expect(events.filter(({ kind }) => kind.startsWith('target')).map(({ kind }) => kind)).toEqual([
        'target_added',
        'target_deleted',
        'target_added',
      ]);
    });

    it('leaves rows that are removed in small batches, even over a restart, and no others', async (store, harness) => {
      const minutes = Array.from({ length: 1500 }, (_, i) => i);
      const flapping = (minute: number) => (minute % 2 === 0 ? drift : {});
      const reports = minutes.map((minute) =>
        aReport({ lastCheckAt: NOON + minute * MINUTE, ...flapping(minute) }),
      );
      await recordAll(store, [...reports, aReport({ server: 'other', ...drift })]);
      await store.deleteTarget(LAB, PURGE);
      const [first, ...others] = await batchesOf(store, { atMost: 2 });
      expect(first?.reports).toBeLessThan(300);
      const rest = await batchesOf(await harness.restart());
      const removed = [first, ...others, ...rest];
      const sum = (kind: 'reports' | 'periods' | 'incidents') =>
        removed.reduce((total, batch) => total + (batch?.[kind] ?? 0), 0);
      const atOnce = start.packsReports === true ? 1 : 0;
      expect([sum('reports'), sum('periods'), sum('incidents')]).toEqual([1500 - atOnce, 1499, 750]);
      expect(Math.max(...removed.map((batch) => batch?.periods ?? 0))).toBeLessThan(300);
    });
  });
}

async function batchesOf(store: Store, { atMost = Number.POSITIVE_INFINITY } = {}) {
  const batches = [];
  const none = { reportsBefore: 0, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
  for await (const batch of store.prune(none, 0)) {
    batches.push(batch);
    if (batches.length >= atMost) break;
  }
  return batches;
}

async function serversIn(store: Store) {
  const range = ALL_TIME;
  const servers = (rows: readonly { readonly target: { readonly server: string } }[]) =>
    rows.map(({ target }) => target.server);
  return {
    statuses: servers(await store.statuses({})),
    asOf: servers(await store.statuses({}, NOON)),
    periods: servers(await store.periods({}, range)),
    incidents: servers(await store.incidents({}, range)),
    reports: servers((await store.reports({}, { range, limit: 10 })).reports),
  };
}
