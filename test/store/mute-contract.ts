import { describe, expect } from 'vitest';
import type { Actor } from '../../src/domain/action.ts';
import type { Mute, MuteTerms } from '../../src/domain/mute.ts';
import { MAX_MUTES } from '../../src/domain/mute-terms.ts';
import { handlingOf, mutingAt } from '../../src/domain/questions/muting.ts';
import type { Target } from '../../src/domain/target.ts';
import type { MuteOutcome } from '../../src/store/mutes.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { ALL_TIME, type StartStore, storedHistory, storeTest } from './harness.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const NEXT = { repo: 'rsyslog', server: 'next' };
const ALICE: Actor = { name: 'alice', verified: true };
const TYPED: Actor = { name: 'bob', verified: false };
const by = { actor: ALICE };
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const terms: MuteTerms = {
  matchers: { repo: ['rsyslog'], labels: { env: ['lab'] } },
  reason: 'new edge',
  startsAt: NOON,
  endsAt: NOON + DAY,
  untilInSync: false,
};
const untilInSync: MuteTerms = { ...terms, matchers: { repo: ['rsyslog'] }, untilInSync: true };

/** Mutes. */
export function describeMutes(start: StartStore): void {
  const it = storeTest(start);

  describe('a mute', () => {
    it('is stored as requested, and is there after a restart', async (store, harness) => {
      harness.setNow(NOON);
      const made = done(await store.addMute(terms, { actor: TYPED }));
      expect(made).toEqual({
        ...terms,
        id: expect.any(Number),
        createdAt: NOON,
        by: TYPED,
        endedAt: undefined,
        endedBy: undefined,
        members: new Map(),
      });
      const again = await harness.restart();
      expect(await again.muteById(made.id)).toEqual(made);
      expect(await again.mutesAt(NOON)).toEqual([made]);
    });

    it('is recorded with its actor, in an action and an event each', async (store, { setNow }) => {
      setNow(NOON);
      const { id } = done(await store.addMute(terms, by));
      setNow(NOON + MINUTE);
      await store.changeMute(id, { ...terms, reason: 'longer' }, { actor: TYPED });
      await store.endMute(id, by);
      await store.endMute(id, { actor: TYPED });
      const actions = await store.actions({}, ALL_TIME, {});
      expect(actions).toMatchObject([
        { what: 'mute_ended', actor: ALICE, detail: { mute: id } },
        { what: 'mute_changed', actor: TYPED, detail: { mute: id, reason: 'longer' } },
        { what: 'muted', actor: ALICE, recordedAt: NOON, detail: { mute: id, matchers: terms.matchers } },
      ]);
      const { events } = await store.eventsAfter(0, { limit: 10 });
      expect(events).toMatchObject([
        { kind: 'action', origin: 'action', actor: 'alice', detail: { what: 'muted', reason: 'new edge' } },
        { kind: 'action', actor: 'bob', detail: { what: 'mute_changed', verified: false } },
        { kind: 'action', actor: 'alice', repo: undefined, detail: { what: 'mute_ended', mute: id } },
      ]);
      expect(await store.muteById(id)).toMatchObject({
        by: TYPED,
        reason: 'longer',
        endedAt: NOON + MINUTE,
        endedBy: ALICE,
      });
    });

    it('that is over or does not exist is not changed, and nothing is written', async (store, { setNow }) => {
      setNow(NOON);
      const { id } = done(await store.addMute(terms, by));
      setNow(NOON + DAY);
      const version = store.version();
      expect(await store.changeMute(id, terms, by)).toEqual({ kind: 'refused', reason: 'ended' });
      expect(await store.endMute(id, by)).toMatchObject({ kind: 'done', mute: { id, endedBy: undefined } });
      for (const outcome of [await store.changeMute(99, terms, by), await store.endMute(99, by)])
        expect(outcome).toEqual({ kind: 'refused', reason: 'not_found' });
      expect(store.version()).toBe(version);
    });

    it('ends by time, with one event without an actor', async (store, { setNow }) => {
      setNow(NOON);
      const { id } = done(await store.addMute(terms, by));
      expect(await store.endMutesThatAreOver()).toBe(0);
      setNow(NOON + DAY + MINUTE);
      expect(await store.endMutesThatAreOver()).toBe(1);
      const version = store.version();
      expect(await store.endMutesThatAreOver()).toBe(0);
      expect(store.version()).toBe(version);
      const { events } = await store.eventsAfter(1, { limit: 10 });
      expect(events).toMatchObject([
        {
          kind: 'action',
          origin: 'time',
          actor: undefined,
          effectiveAt: NOON + DAY,
          detail: { what: 'mute_ended', mute: id },
        },
      ]);
      expect(await store.muteById(id)).toMatchObject({ endedAt: NOON + DAY, endedBy: undefined });
      expect(await store.actions({}, ALL_TIME, {})).toHaveLength(1);
    });

    it('is listed newest first, even when it is over, and is gone after a year', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      const first = done(await store.addMute(terms, by));
      const second = done(await store.addMute({ ...terms, endsAt: NOON + 20 * DAY }, by));
      setNow(NOON + 2 * DAY);
      expect((await store.everyMute()).map(({ id }) => id)).toEqual([second.id, first.id]);
      expect((await store.mutesAt(NOON + 2 * DAY)).map(({ id }) => id)).toEqual([second.id]);
      const horizon = NOON + 10 * DAY;
      const horizons = { reportsBefore: 0, historyBefore: 0, eventsBefore: 0, actionsBefore: horizon };
      for (let pass = 0; pass < 10; pass++) for await (const _ of store.prune(horizons, 5));
      expect((await store.everyMute()).map(({ id }) => id)).toEqual([second.id]);
    });

    it('changes no state, no history and no later report', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift)]);
      const before = [await store.statuses({}), await storedHistory(store)];
      await store.addMute({ ...terms, matchers: { repo: ['*'] } }, by);
      expect([await store.statuses({}), await storedHistory(store)]).toEqual(before);
      setNow(NOON + MINUTE);
      await recordAll(store, [aReport({ lastCheckAt: NOON + MINUTE })]);
      expect(await store.incidents({}, ALL_TIME)).toMatchObject([{ resolvedAt: NOON + MINUTE }]);
    });

    it('is refused above the number that can be searched', async (store, { setNow }) => {
      setNow(NOON);
      for (let i = 0; i < MAX_MUTES; i++) await store.addMute(terms, by);
      expect(await store.addMute(terms, by)).toEqual({ kind: 'refused', reason: 'too_many' });
      setNow(NOON + DAY);
      expect(await store.addMute({ ...terms, endsAt: NOON + 2 * DAY }, by)).toMatchObject({ kind: 'done' });
    });

    it('by file reads the files of incidents, and matches by all of them', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift), aReport({ server: 'next', ...drift, files: ['a', 'b'] })]);
      await store.addMute({ ...terms, matchers: { file: ['a'] } }, by);
      expect(await mutedTargets(store, NOON)).toEqual([LAB]);
    });
  });

  describe('messages', () => {
    it('have mutes and acknowledgements by target and condition', async (store, { setNow }) => {
      setNow(NOON);
      const [answer] = await recordAll(store, [aReport(drift), aReport({ server: 'next', ...drift })]);
      await store.addMute({ ...terms, matchers: { file: ['a'], server: ['rsyslog-lab'] } }, by);
      await store.addMute({ ...terms, matchers: { state: ['STALE'] }, startsAt: NOON + HOUR }, by);
      await store.acknowledge(answer?.incident?.id ?? 0, 'on it', by);
      const now = await handlingOf(store, [LAB, NEXT], NOON);
      expect(now.muteOf({ target: LAB, condition: 'drift' })).toMatchObject({ id: 1 });
      expect(now.muteOf({ target: LAB, condition: 'stale' })).toBe(undefined);
      expect(now.muteOf({ target: NEXT, condition: 'drift' })).toBe(undefined);
      expect(now.acknowledgementOf({ target: LAB })).toMatchObject({ by: ALICE, note: 'on it' });
      expect(now.acknowledgementOf({ target: NEXT })).toBe(undefined);
      const later = await handlingOf(store, [NEXT], NOON + HOUR);
      expect(later.muteOf({ target: NEXT, condition: 'stale' })).toMatchObject({ id: 2 });
      expect(later.muteOf({ target: NEXT, condition: 'drift' })).toBe(undefined);
      expect(later.acknowledgementOf({ target: LAB })).toBe(undefined);
    });
  });

  describe('a mute until in sync again', () => {
    it('lasts for the targets that are not SYNCED when it is made, each until its first SYNCED', async (store, harness) => {
      const { setNow } = harness;
      setNow(NOON);
      await recordAll(store, [
        aReport({ ...drift, staleAfterMs: DAY }),
        aReport({ server: 'next', syncStatus: 'UNKNOWN', staleAfterMs: DAY }),
        aReport({ server: 'fine', staleAfterMs: DAY }),
      ]);
      await store.declareTargets([{ repo: 'rsyslog', server: 'never' }], {});
      setNow(NOON + MINUTE);
      const { id } = done(await store.addMute(untilInSync, by));
      expect(await mutedServers(store, NOON + MINUTE)).toEqual(['never', 'next', 'rsyslog-lab']);
      setNow(NOON + 2 * MINUTE);
      await recordAll(store, [
        aReport({ server: 'fine', ...drift, lastCheckAt: NOON + MINUTE }),
        aReport({ lastCheckAt: NOON + MINUTE, staleAfterMs: DAY }),
      ]);
      // It drifts again: that is not the muted problem.
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + 2 * MINUTE })]);
      const again = await harness.restart();
      expect(await mutedServers(again, NOON + 2 * MINUTE)).toEqual(['never', 'next']);
      expect(await again.endMutesThatAreOver()).toBe(0);
      await recordAll(again, [
        aReport({ server: 'never', lastCheckAt: NOON + 2 * MINUTE }),
        aReport({ server: 'next', lastCheckAt: NOON + 2 * MINUTE }),
      ]);
      expect(await again.endMutesThatAreOver()).toBe(1);
      expect(await again.muteById(id)).toMatchObject({ endedAt: NOON + 2 * MINUTE, endedBy: undefined });
    });

    it('is refused if nothing that it matches is out of sync', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport(), aReport({ ...drift, repo: 'other' })]);
      expect(await store.addMute(untilInSync, by)).toEqual({ kind: 'refused', reason: 'in_sync' });
      const { id } = done(await store.addMute({ ...terms, matchers: { repo: ['*'] } }, by));
      expect(await store.changeMute(id, untilInSync, by)).toEqual({ kind: 'refused', reason: 'in_sync' });
      expect(await store.everyMute()).toHaveLength(1);
    });

    it('by file lasts for those whose incident it covers', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift), aReport({ server: 'next', ...drift, files: ['b'] })]);
      const made = done(await store.addMute({ ...untilInSync, matchers: { file: ['a'] } }, by));
      expect([...made.members.keys()]).toEqual(['rsyslog rsyslog-lab']);
    });

    it('takes back no target that left it if only its end or reason is changed', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift), aReport({ server: 'next', ...drift })]);
      const { id } = done(await store.addMute(untilInSync, by));
      setNow(NOON + 2 * MINUTE);
      await recordAll(store, [
        aReport({ lastCheckAt: NOON + MINUTE }),
        aReport({ ...drift, lastCheckAt: NOON + 2 * MINUTE }),
      ]);
      await store.changeMute(id, { ...untilInSync, reason: 'longer', endsAt: NOON + 2 * DAY }, by);
      expect(await mutedServers(store, NOON + 2 * MINUTE)).toEqual(['next']);
      await store.changeMute(id, { ...untilInSync, matchers: { server: ['*'] } }, by);
      expect(await mutedServers(store, NOON + 2 * MINUTE)).toEqual(['next', 'rsyslog-lab']);
    });
  });

  describe('a mute whose targets change', () => {
    const byName = { ...terms, matchers: { server: ['rsyslog-lab'] } };

    it('given other labels: a mute by label uses the present ones', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport({ ...drift, labels: { env: 'lab' } })]);
      await store.addMute(terms, by);
      expect(await mutedTargets(store, NOON)).toEqual([LAB]);
      setNow(NOON + MINUTE);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + MINUTE, labels: { env: 'prod' } })]);
      expect(await mutedTargets(store, NOON + MINUTE)).toEqual([]);
    });

    it('split by a late SYNCED: the target leaves a mute until in sync again if that is newer than what it knew', async (store, {
      setNow,
    }) => {
      setNow(NOON + 2 * MINUTE);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + 2 * MINUTE })]);
      await store.addMute(untilInSync, by);
      setNow(NOON + 5 * MINUTE);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + 5 * MINUTE })]);
      await recordAll(store, [aReport({ lastCheckAt: NOON + MINUTE })]);
      expect(await mutedTargets(store, NOON + 5 * MINUTE)).toEqual([LAB]);
      await recordAll(store, [aReport({ lastCheckAt: NOON + 3 * MINUTE })]);
      expect(await store.incidents({}, ALL_TIME)).toHaveLength(2);
      expect(await mutedTargets(store, NOON + 5 * MINUTE)).toEqual([]);
    });

    it('merged because reports from the future are removed: the target is in a mute until in sync again, again', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift), aReport({ server: 'next', ...drift })]);
      await store.addMute(untilInSync, by);
      setNow(NOON + DAY / 2);
      await recordAll(store, [aReport({ lastCheckAt: NOON + DAY / 2 })]);
      expect(await mutedTargets(store, NOON + DAY / 2)).toEqual([NEXT]);
      setNow(NOON + MINUTE);
      await store.removeFuture();
      expect(await mutedTargets(store, NOON + MINUTE)).toEqual([NEXT, LAB]);
    });

    it('renamed: a mute by name follows the name, one until in sync again its target', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift)]);
      await store.addMute(byName, by);
      await store.addMute(untilInSync, by);
      await store.renameTarget({ from: LAB, to: NEXT }, {});
      const muting = await mutingAt(store, {}, NOON);
      const [status] = await store.statuses({});
      expect(status && muting.ofStatus(status)).toMatchObject({ untilInSync: true });
      expect(muting.mutes).toHaveLength(2);
    });

    it('deleted: it leaves a mute until in sync again; one by name matches it when it comes back', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift), aReport({ server: 'next', ...drift })]);
      const { id } = done(await store.addMute(untilInSync, by));
      const { id: named } = done(await store.addMute(byName, by));
      setNow(NOON + MINUTE);
      await store.deleteTarget(LAB, { purge: false });
      expect([...((await store.muteById(id))?.members.keys() ?? [])]).toEqual(['rsyslog next']);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + MINUTE })]);
      setNow(NOON + HOUR);
      await recordAll(store, [aReport({ ...drift, lastCheckAt: NOON + HOUR })]);
      const muting = await mutingAt(store, {}, NOON + HOUR);
      const statuses = await store.statuses({ servers: ['rsyslog-lab'] });
      expect(statuses.map((status) => muting.ofStatus(status)?.id)).toEqual([named]);
    });

    it('purged: its rows go, the mute stays', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport(drift)]);
      const { id } = done(await store.addMute(untilInSync, by));
      await store.deleteTarget(LAB, { purge: true });
      const none = { reportsBefore: 0, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
      for await (const _ of store.prune(none, 1000));
      expect(await store.muteById(id)).toMatchObject({ members: new Map() });
      expect(await store.endMutesThatAreOver()).toBe(1);
    });
  });
}

function done(outcome: MuteOutcome): Mute {
  if (outcome.kind !== 'done') throw new Error(`It was refused: ${outcome.reason}`);
  return outcome.mute;
}

async function mutedTargets(store: Store, at: number): Promise<Target[]> {
  const muting = await mutingAt(store, {}, at);
  const statuses = await store.statuses({});
  return statuses.filter((status) => muting.ofStatus(status) !== undefined).map(({ target }) => target);
}

async function mutedServers(store: Store, at: number): Promise<string[]> {
  return (await mutedTargets(store, at)).map(({ server }) => server);
}
