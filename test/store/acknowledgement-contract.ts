import { describe, expect } from 'vitest';
import type { Actor } from '../../src/domain/action.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, type StartStore, storedHistory, storeTest } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const ALICE: Actor = { name: 'alice', verified: true };
const TYPED: Actor = { name: 'bob', verified: false };
const by = { actor: ALICE };
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** Who works on an incident. */
export function describeAcknowledgements(start: StartStore): void {
  const it = storeTest(start);

  describe('an acknowledgement', () => {
    it('is part of its incident, even after a restart, and changes nothing else', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      const before = await storedHistory(store);
      expect(await store.acknowledge(id, 'on it', by)).toEqual({
        kind: 'done',
        acknowledgement: { by: ALICE, note: 'on it', at: NOON },
        isNew: true,
      });
      const again = await harness.restart();
      const acknowledgement = { by: ALICE, note: 'on it', at: NOON };
      expect(await again.statuses({})).toMatchObject([{ acknowledgement, incident: { id } }]);
      expect(await again.incidents({}, ALL_TIME)).toMatchObject([{ acknowledgement }]);
      expect(await again.summaries({})).toMatchObject([{ acknowledgement }]);
      expect(await again.acknowledgementOf(id)).toEqual({ acknowledgement, isOver: false });
      const history = await storedHistory(again);
      expect(history).toEqual(
        before.map((one) => ({
          ...one,
          incidents: one.incidents.map((incident) => ({ ...incident, acknowledgement })),
        })),
      );
    });

    it('is recorded with its actor, and can be replaced by another', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      await store.acknowledge(id, undefined, by);
      expect(await store.acknowledge(id, 'me too', { actor: TYPED })).toMatchObject({ isNew: false });
      expect(await store.endAcknowledgement(id, by)).toBe(true);
      expect(await store.endAcknowledgement(id, by)).toBe(false);
      expect(await store.actions({}, ALL_TIME, {})).toMatchObject([
        { what: 'acknowledgement_ended', actor: ALICE, ...LAB, incidentId: id },
        { what: 'acknowledgement_changed', actor: TYPED, ...LAB, detail: { note: 'me too' } },
        { what: 'acknowledged', actor: ALICE, ...LAB, incidentId: id },
      ]);
      const { events } = await store.eventsAfter(2, { limit: 10 });
      expect(events).toMatchObject([
        { kind: 'action', actor: 'alice', ...LAB, labels: { env: 'lab' }, incident: { id, openedAt: NOON } },
        { kind: 'action', actor: 'bob', detail: { what: 'acknowledgement_changed', verified: false } },
        { kind: 'action', actor: 'alice', detail: { what: 'acknowledgement_ended' } },
      ]);
      expect(await store.acknowledgementOf(id)).toEqual({ acknowledgement: undefined, isOver: false });
    });

    it('belongs to an open incident: no other can be acknowledged', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      harness.setNow(NOON + MINUTE);
      await store.acknowledge(id, undefined, by);
      await recordAll(store, [aReport({ lastCheckAt: NOON + MINUTE })]);
      const version = store.version();
      expect(await store.acknowledge(id, undefined, by)).toEqual({ kind: 'refused', reason: 'resolved' });
      expect(await store.acknowledge(99, undefined, by)).toEqual({ kind: 'refused', reason: 'not_found' });
      expect(await store.endAcknowledgement(id, by)).toBe(false);
      expect(await store.endAcknowledgement(99, by)).toBe(false);
      expect(await store.acknowledgementOf(99)).toEqual({ refused: 'not_found' });
      expect(store.version()).toBe(version);
    });

    it('ends with its incident: the next one of the target has none', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      harness.setNow(NOON + HOUR);
      await recordAll(store, [
        aReport({ lastCheckAt: NOON + MINUTE }),
        aReport({ ...drift, lastCheckAt: NOON + HOUR }),
      ]);
      expect(await store.statuses({})).toMatchObject([{ acknowledgement: undefined }]);
      expect(await store.acknowledgementOf(id)).toMatchObject({
        isOver: true,
        acknowledgement: { by: ALICE },
      });
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([
        { acknowledgement: undefined },
        { id, acknowledgement: { by: ALICE } },
      ]);
    });

    it('is in answers about an instant, from when it was made', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      harness.setNow(NOON + 2 * MINUTE);
      await store.acknowledge(id, undefined, by);
      expect(await store.statuses({}, NOON + MINUTE)).toMatchObject([{ acknowledgement: undefined }]);
      expect(await store.statuses({}, NOON + 2 * MINUTE)).toMatchObject([{ acknowledgement: { by: ALICE } }]);
    });
  });

  describe('an acknowledgement whose incident changes', () => {
    it('split by a late SYNCED: it stays with the part that is open', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      harness.setNow(NOON + 4 * MINUTE);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + 3 * MINUTE })]);
      await store.acknowledge(id, undefined, by);
      await recordAll(store, [aReport({ lastCheckAt: NOON + 2 * MINUTE })]);
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([
        { id, openedAt: NOON + 3 * MINUTE, resolvedAt: undefined, acknowledgement: { by: ALICE } },
        { openedAt: NOON, resolvedAt: NOON + 2 * MINUTE, acknowledgement: undefined },
      ]);
    });

    it('split after its end: it stays with the first part', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      harness.setNow(NOON + 9 * MINUTE);
      await recordAll(store, [
        aReport({ ...drift, lastCheckAt: NOON + 3 * MINUTE }),
        aReport({ lastCheckAt: NOON + 5 * MINUTE }),
      ]);
      await recordAll(store, [aReport({ lastCheckAt: NOON + 2 * MINUTE })]);
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([
        { openedAt: NOON + 3 * MINUTE, acknowledgement: undefined },
        { id, openedAt: NOON, acknowledgement: { by: ALICE } },
      ]);
    });

    it('merged, because reports from the future are removed: it is in force again', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      harness.setNow(NOON + DAY);
      await recordAll(store, [
        aReport({ lastCheckAt: NOON + DAY - HOUR }),
        aReport({ ...drift, lastCheckAt: NOON + DAY }),
      ]);
      const [newer] = await store.statuses({});
      await store.acknowledge(newer?.incident?.id ?? 0, undefined, { actor: TYPED });
      harness.setNow(NOON + MINUTE);
      await store.removeFuture();
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([
        { id, resolvedAt: undefined, acknowledgement: { by: ALICE } },
      ]);
    });

    it('renamed: it stays', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      await store.renameTarget({ from: LAB, to: { ...LAB, server: 'next' } }, {});
      expect(await store.statuses({})).toMatchObject([{ incident: { id }, acknowledgement: { by: ALICE } }]);
    });

    it('deleted: it ends, and is absent when the target comes back', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      harness.setNow(NOON + MINUTE);
      await store.deleteTarget(LAB, { purge: false });
      expect(await store.acknowledge(id, undefined, by)).toEqual({ kind: 'refused', reason: 'not_found' });
      harness.setNow(NOON + HOUR);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + HOUR })]);
      expect(await store.statuses({})).toMatchObject([{ incident: { id }, acknowledgement: undefined }]);
    });

    it('purged: it goes with its incident', async (store, harness) => {
      const id = await driftAtNoon(store, harness);
      await store.acknowledge(id, undefined, by);
      await store.deleteTarget(LAB, { purge: true });
      const none = { reportsBefore: 0, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
      for await (const _ of store.prune(none, 1000));
      expect(await store.acknowledgementOf(id)).toEqual({ refused: 'not_found' });
    });
  });
}

/** The id of the incident that opened at noon. */
async function driftAtNoon(store: Store, { setNow }: { setNow(now: number): void }): Promise<number> {
  setNow(NOON);
  const [answer] = await recordAll(store, [aReport({ ...drift, labels: { env: 'lab' } })]);
  return answer?.incident?.id ?? 0;
}
