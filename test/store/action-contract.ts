import { describe, expect } from 'vitest';
import type { Actor } from '../../src/domain/action.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, LATER, type StartStore, storeTest } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const NEXT = { repo: 'rsyslog', server: 'next' };
const ALICE: Actor = { name: 'alice', verified: true };
const TYPED: Actor = { name: 'bob', verified: false };
const NOBODY: Actor = { name: undefined, verified: false };

/** Who did what. */
export function describeActions(start: StartStore): void {
  const it = storeTest(start);

  describe('an action', () => {
    it('is recorded with who did it, newest first, and is there after a restart', async (store, harness) => {
      await declareAndMore(store, harness);
      const before = await store.actions({}, ALL_TIME, {});
      expect(before).toMatchObject([
        { what: 'target_purged', actor: NOBODY, ...NEXT, recordedAt: NOON + 3 * MINUTE },
        { what: 'target_deleted', actor: TYPED, ...NEXT, recordedAt: NOON + 2 * MINUTE },
        { what: 'target_renamed', actor: ALICE, ...LAB, detail: { renamed_to: NEXT } },
        { what: 'target_declared', actor: ALICE, ...LAB, recordedAt: NOON },
      ]);
      expect(await (await harness.restart()).actions({}, ALL_TIME, {})).toEqual(before);
    });

    it('has one event, which says whether a name was only typed', async (store, harness) => {
      await declareAndMore(store, harness);
      const { events } = await store.eventsAfter(0, { limit: 10 });
      expect(events).toMatchObject([
        { kind: 'target_added', actor: 'alice', detail: { declared: true } },
        { kind: 'target_deleted', actor: 'alice', detail: { renamed_to: NEXT } },
        { kind: 'target_added', actor: 'alice', detail: { renamed_from: LAB } },
        { kind: 'target_deleted', actor: 'bob', detail: { verified: false } },
        { kind: 'action', origin: 'action', actor: undefined, ...NEXT, detail: { what: 'target_purged' } },
      ]);
      expect(events.slice(0, 3).filter(({ detail }) => detail?.verified !== undefined)).toEqual([]);
    });

    it('is not recorded if nothing was done, or the server did it by its settings', async (store) => {
      await store.declareTargets([LAB], {});
      await store.declareTargets([LAB], { actor: ALICE });
      await store.renameTarget({ from: NEXT, to: LAB }, { actor: ALICE });
      await store.deleteTarget(NEXT, { purge: true, actor: ALICE });
      await store.deleteTarget(LAB, { purge: false });
      await recordAll(store, [aReport()]);
      expect(await store.actions({}, ALL_TIME, {})).toEqual([]);
    });

    it('is found by target, by range and up to a limit, however much there is', async (store, { setNow }) => {
      const many = Array.from({ length: 1200 }, (_, i) => ({
        repo: i < 10 ? 'few' : 'many',
        server: `s${i}`,
      }));
      await store.declareTargets(many, { actor: ALICE });
      setNow(LATER + MINUTE);
      await store.declareTargets([LAB], { actor: TYPED });
      const ask = async (filter: object, range = ALL_TIME, limit?: number) =>
        (await store.actions(filter, range, { limit })).map(({ server }) => server);
      expect(await ask({})).toHaveLength(1201);
      expect(await ask({}, ALL_TIME, 2)).toEqual([LAB.server, 's1199']);
      expect(await ask({ repos: ['few'] })).toEqual(
        many
          .slice(0, 10)
          .reverse()
          .map(({ server }) => server),
      );
      expect(await ask({ repos: ['few'], servers: ['s3', 's30'] })).toEqual(['s3']);
      expect(await ask({ repos: [] })).toEqual([]);
      expect(await ask({}, { from: LATER + 1, to: LATER + DAY })).toEqual([LAB.server]);
      expect(await ask({ repos: ['few'] }, { from: LATER, to: LATER + 1 })).toHaveLength(10);
      expect(await ask({}, { from: 0, to: LATER })).toEqual([]);
    });

    it('is removed once it is too old, and nothing newer is', async (store, { setNow }) => {
      await store.declareTargets([LAB], { actor: ALICE });
      setNow(LATER + DAY);
      await store.declareTargets([NEXT], { actor: ALICE });
      const kept = async () => (await store.actions({}, ALL_TIME, {})).map(({ server }) => server);
      await pruneActions(store, LATER);
      expect(await kept()).toEqual([NEXT.server, LAB.server]);
      expect(await pruneActions(store, LATER + DAY)).toBe(1);
      expect(await kept()).toEqual([NEXT.server]);
    });
  });
}

async function declareAndMore(store: Store, { setNow }: { setNow(now: number): void }): Promise<void> {
  setNow(NOON);
  await store.declareTargets([LAB], { actor: ALICE });
  setNow(NOON + MINUTE);
  await store.renameTarget({ from: LAB, to: NEXT }, { actor: ALICE });
  setNow(NOON + 2 * MINUTE);
  await store.deleteTarget(NEXT, { purge: false, actor: TYPED });
  setNow(NOON + 3 * MINUTE);
  await store.deleteTarget(NEXT, { purge: true, actor: NOBODY });
}

async function pruneActions(store: Store, actionsBefore: number): Promise<number> {
  let removed = 0;
  const others = { reportsBefore: 0, historyBefore: 0, eventsBefore: 0 };
  for await (const { actions } of store.prune({ ...others, actionsBefore }, 1000)) removed += actions;
  return removed;
}
