import { describe, expect } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { LATER, type StartStore, storeTest } from './harness.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** Reading what happened. */
export function describeEventLog(start: StartStore): void {
  const it = storeTest(start);

  describe('the event log', () => {
    it('returns an event as it was written', async (store, { setNow }) => {
      setNow(NOON + MINUTE);
      const labels = { env: 'lab' };
      await recordAll(store, [aReport({ labels, commit: 'a' })], { actor: 'ci' });
      await recordAll(
        store,
        [aReport({ lastCheckAt: NOON + MINUTE, ...drift, commit: 'a', runUrl: 'https://ci.example/2' })],
        { actor: 'ci' },
      );
      const { events } = await store.eventsAfter(0, { limit: 10 });
      expect(events.map(({ seq, kind }) => [seq, kind])).toEqual([
        [1, 'target_added'],
        [2, 'state_changed'],
        [3, 'incident_opened'],
      ]);
      expect(events[1]).toEqual({
        seq: 2,
        kind: 'state_changed',
        origin: 'report',
        actor: 'ci',
        recordedAt: NOON + MINUTE,
        effectiveAt: NOON + MINUTE,
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        labels,
        previousState: 'SYNCED',
        state: 'OUT_OF_SYNC',
        incident: { id: expect.any(Number), openedAt: NOON + MINUTE, cause: 'host_changed' },
        driftCount: 1,
        commit: 'a',
        runUrl: 'https://ci.example/2',
        detail: undefined,
      });
    });

    it('is read page by page, and goes on even if nothing on a page matched', async (store) => {
      for (const server of ['a', 'a2', 'b', 'a3', 'b2']) await recordAll(store, [aReport({ server })]);
      const filter = { servers: ['b', 'b2'] };
      const pages: [string[], number][] = [];
      for (let after = 0, isAtEnd = false; !isAtEnd; ) {
        const { events, next } = await store.eventsAfter(after, { limit: 2, filter });
        isAtEnd = next <= after;
        after = next;
        pages.push([events.map(({ server, state }) => `${server} ${state}`), next]);
      }
      // Each was stale when it was recorded: it has an event of its state, and one of silence since.
      expect(pages).toEqual([
        [[], 2],
        [[], 4],
        [['b SYNCED', 'b STALE'], 6],
        [[], 8],
        [['b2 SYNCED', 'b2 STALE'], 10],
        [[], 10],
      ]);
    });

    it('matches by repo and by server, and an empty list matches nothing', async (store) => {
      await recordAll(store, [aReport({ repo: 'a', server: '1' }), aReport({ repo: 'b', server: '1' })]);
      const count = async (filter: object) =>
        (await store.eventsAfter(0, { limit: 10, filter })).events.length;
      expect(await count({})).toBe(4);
      expect(await count({ repos: ['a'] })).toBe(2);
      expect(await count({ repos: ['a'], servers: ['2'] })).toBe(0);
      expect(await count({ repos: [] })).toBe(0);
      expect(await count({ repos: ['*a'], servers: ['*'] })).toBe(2);
      expect(await count({ repos: ['aa*'] })).toBe(0);
    });

    it('says where it begins and ends, even if everything in it was pruned', async (store, { setNow }) => {
      expect(await store.eventBounds()).toEqual({ from: 1, last: 0 });
      await recordAll(store, [aReport()]);
      expect(await store.eventBounds()).toEqual({ from: 1, last: 2 });
      setNow(LATER + 2 * DAY);
      await recordAll(store, [aReport({ lastCheckAt: LATER + 2 * DAY })]);
      await pruneEvents(store, LATER + DAY);
      expect(await store.eventBounds()).toEqual({ from: 3, last: 3 });
      await pruneEvents(store, LATER + 3 * DAY);
      expect(await store.eventBounds()).toEqual({ from: 4, last: 3 });
      await store.deleteTarget({ repo: 'rsyslog', server: 'rsyslog-lab' }, { purge: false });
      expect(await store.eventBounds()).toEqual({ from: 4, last: 4 });
    });

    it('is there after a restart', async (store, harness) => {
      await recordAll(store, [aReport()]);
      const before = await store.eventsAfter(0, { limit: 10 });
      expect(await (await harness.restart()).eventsAfter(0, { limit: 10 })).toEqual(before);
    });
  });
}

async function pruneEvents(store: Store, eventsBefore: number): Promise<void> {
  for await (const _ of store.prune(
    { reportsBefore: 0, historyBefore: 0, eventsBefore, actionsBefore: 0 },
    0,
  ));
}
