import { describe, expect } from 'vitest';
import type { Notification, Thread } from '../../src/domain/notify/notification.ts';
import { problemsOf } from '../../src/domain/notify/problems.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { aNotification } from '../notification.ts';
import { LATER, type StartStore, storeTest } from './harness.ts';

const A = { repo: 'rsyslog', server: 'a' };

function aThread(traits: Partial<Thread> = {}): Thread {
  return {
    id: 't1',
    key: 'k1',
    repo: 'rsyslog',
    condition: 'drift',
    about: 'group',
    actAt: undefined,
    toldAt: NOON,
    resolvedAt: undefined,
    closedAt: undefined,
    outgoing: undefined,
    ...traits,
  };
}

const anOutgoing = { id: 'm1', phase: 'opened', at: NOON, stillOpen: 1, attempts: 0, tryAt: NOON } as const;

async function notificationsOf(store: Store, channel = 'ops', ids = [1, 2, 3]) {
  return store.openOf(channel, ids);
}

/** What channels are told, and what is wrong with the fleet. */
export function describeNotifications(start: StartStore): void {
  const it = storeTest(start);

  describe('notifications', () => {
    it('are returned as they were written, even after a restart', async (store, { restart }) => {
      const [problem] = await problemsOfOne(store);
      const written = aNotification({ told: problem, toldAt: NOON, thread: 't1', messageId: 'm1' });
      const thread = aThread({ outgoing: anOutgoing });
      await store.writeNotifications('ops', { cursor: 5, write: [written], threads: [thread] });
      const again = await restart();
      expect(await again.cursor('ops')).toBe(5);
      const [stored] = await notificationsOf(again);
      expect(stored).toEqual({ ...written, id: expect.any(Number) });
      expect(await again.nextMessage('ops', NOON)).toEqual({ thread, notifications: [stored] });
    });

    it('belong to one channel', async (store) => {
      await store.writeNotifications('ops', {
        cursor: 5,
        write: [aNotification()],
        threads: [aThread({ actAt: 1 })],
      });
      expect(await store.cursor('others')).toBeUndefined();
      expect(await notificationsOf(store, 'others')).toEqual([]);
      expect(await store.waiting('others', LATER, 10)).toEqual([]);
      expect(await store.actingThreads('others', LATER, 10)).toEqual([]);
      expect(await store.nextAt('others')).toBeUndefined();
    });

    it('of a target say what each channel was told, until they are closed', async (store) => {
      await recordAll(store, [aReport(A), aReport({ ...A, server: 'b' })]);
      const [facts] = await store.targetFacts({ names: [{ ...A, server: 'b' }], now: NOON });
      const id = facts?.id ?? 0;
      const told = (traits: Partial<Notification>) => aNotification({ targetId: id, ...traits });
      await store.writeNotifications('mail', { cursor: 5, write: [told({ toldAt: NOON + MINUTE })] });
      await store.writeNotifications('ops', {
        cursor: 5,
        write: [
          told({ condition: 'stale', toldAt: NOON }),
          told({ condition: 'unknown' }),
          told({ toldAt: NOON, closedAt: NOON + MINUTE }),
          told({ targetId: id - 1, toldAt: NOON }),
        ],
      });
      expect(await store.toldAbout({ ...A, server: 'b' })).toEqual([
        { channel: 'ops', condition: 'stale', toldAt: NOON },
        { channel: 'mail', condition: 'drift', toldAt: NOON + MINUTE },
      ]);
      expect(await store.toldAbout({ ...A, server: 'c' })).toEqual([]);
    });

    it('wait until they are due, the earliest first', async (store) => {
      const write = [3, 1, 2].map((targetId) => aNotification({ targetId, dueAt: NOON + targetId }));
      await store.writeNotifications('ops', { write: [...write, aNotification({ toldAt: NOON, dueAt: 0 })] });
      const waiting = await store.waiting('ops', NOON + 2, 10);
      expect(waiting.map(({ targetId }) => targetId)).toEqual([1, 2]);
      expect(await store.waiting('ops', NOON + 3, 1)).toHaveLength(1);
      expect(await store.nextAt('ops')).toBe(NOON + 1);
    });

    it('are changed by id, removed, and closed', async (store) => {
      await store.writeNotifications('ops', {
        write: [1, 2, 3].map((targetId) => aNotification({ targetId })),
      });
      const [first, second, third] = await notificationsOf(store);
      if (first === undefined || second === undefined || third === undefined)
        throw new Error('They are missing.');
      const write = [
        { ...first, dueAt: NOON + DAY },
        { ...third, closedAt: NOON },
      ];
      await store.writeNotifications('ops', { write, remove: [second] });
      expect(await notificationsOf(store)).toEqual([{ ...first, dueAt: NOON + DAY }]);
      expect(await store.targetsToldOf('ops', 0, 10)).toEqual([1]);
    });

    it('a thread is found by its key while it is open, and at most one is open', async (store) => {
      await store.writeNotifications('ops', { threads: [aThread()] });
      expect(await store.openThreads('ops', ['k1', 'k2'])).toEqual([aThread()]);
      await expect(store.writeNotifications('ops', { threads: [aThread({ id: 't2' })] })).rejects.toThrow();
      await store.writeNotifications('ops', { threads: [aThread({ closedAt: NOON })] });
      expect(await store.openThreads('ops', ['k1'])).toEqual([]);
      await store.writeNotifications('ops', { threads: [aThread({ id: 't2' })] });
    });

    it('a thread becomes due unless a message is on its way, or it is closed', async (store) => {
      const threads = [
        aThread({ id: 'idle', key: '1' }),
        aThread({ id: 'later', key: '2', actAt: NOON + DAY }),
        aThread({ id: 'sooner', key: '3', actAt: NOON - DAY }),
        aThread({ id: 'sending', key: '4', outgoing: anOutgoing }),
        aThread({ id: 'closed', key: '5', closedAt: NOON }),
      ];
      await store.writeNotifications('ops', { threads });
      await store.writeNotifications('ops', { touch: { threads: threads.map(({ id }) => id), at: NOON } });
      const acting = await store.actingThreads('ops', NOON, 10);
      expect(acting.map(({ id, actAt }) => [id, actAt])).toEqual([
        ['sooner', NOON - DAY],
        ['idle', NOON],
        ['later', NOON],
      ]);
    });

    it('the message with the fewest failures is tried first, and none before its time', async (store) => {
      const threads = [
        aThread({
          id: 'often',
          key: '1',
          outgoing: { ...anOutgoing, id: 'm1', attempts: 3, at: NOON - DAY },
        }),
        aThread({ id: 'new', key: '2', outgoing: { ...anOutgoing, id: 'm2' } }),
        aThread({
          id: 'later',
          key: '3',
          outgoing: { ...anOutgoing, id: 'm3', tryAt: NOON + 1, at: NOON - HOUR },
        }),
      ];
      await store.writeNotifications('ops', { threads });
      expect((await store.nextMessage('ops', NOON))?.thread.id).toBe('new');
      expect(await store.nextMessage('ops', NOON - 1)).toBeUndefined();
      expect(await store.nextTryAt('ops')).toBe(NOON);
      expect(await store.backlog('ops')).toEqual({ messages: 3, oldestAt: NOON - DAY });
      expect(await store.backlog('others')).toEqual({ messages: 0, oldestAt: undefined });
    });

    it('those told to be over go with the events of that time, unless they are on their way', async (store) => {
      const closedAt = NOON;
      const write = ['gone', 'sending', 'open'].map((thread, i) =>
        aNotification({
          targetId: i + 1,
          thread,
          messageId: thread,
          toldAt: NOON,
          closedAt: i < 2 ? closedAt : undefined,
        }),
      );
      const threads = [
        aThread({ id: 'gone', key: '1', closedAt }),
        aThread({ id: 'sending', key: '2', closedAt, outgoing: { ...anOutgoing, id: 'sending' } }),
        aThread({ id: 'open', key: '3' }),
      ];
      await store.writeNotifications('ops', { write, threads });
      await recordAll(store, [aReport({ lastCheckAt: NOON }), aReport({ lastCheckAt: LATER })]);
      const prune = async () => {
        for await (const _ of store.prune(
          { reportsBefore: 0, historyBefore: 0, eventsBefore: NOON + DAY, actionsBefore: 0 },
          100,
        ));
      };
      await prune();
      const kept = await store.nextMessage('ops', NOON);
      expect(kept?.notifications).toHaveLength(1);
      expect(await store.ofThread('open')).toHaveLength(1);
      // Its id is free again: it was really removed.
      await store.writeNotifications('ops', { threads: [aThread({ id: 'gone', key: '9' })] });
      expect(await store.openThreads('ops', ['9'])).toHaveLength(1);
    });
  });

  describe('what is wrong now', () => {
    it('names every target with a problem, and none that is in sync or deleted', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      await recordAll(store, [
        aReport({ server: 'in-sync' }),
        aReport({ server: 'drifted', syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
        aReport({ server: 'unknown', syncStatus: 'UNKNOWN' }),
        aReport({ server: 'silent', staleAfterMs: MINUTE }),
        aReport({ server: 'deleted', syncStatus: 'OUT_OF_SYNC' }),
      ]);
      await store.declareTargets([{ repo: 'rsyslog', server: 'never' }], {});
      await store.deleteTarget({ repo: 'rsyslog', server: 'deleted' }, { purge: false });
      const namesAt = async (now: number) => {
        const ids = await store.troubledTargets(0, 10, now);
        return (await store.targetFacts({ ids, now })).map(({ target }) => target.server);
      };
      expect(await namesAt(NOON)).toEqual(['drifted', 'unknown', 'never']);
      expect(await namesAt(NOON + MINUTE)).toEqual(['drifted', 'unknown', 'silent', 'never']);
      // A report further ahead than a clock may be does not count: see `stateAt`.
      expect(await namesAt(NOON - HOUR)).toHaveLength(5);
      const [first, ...rest] = await store.troubledTargets(0, 10, NOON);
      expect(await store.troubledTargets(first ?? 0, 1, NOON)).toEqual(rest.slice(0, 1));
    });

    it("is found by a target's name, with its open incident and the number of recent ones", async (store) => {
      for (let i = 0; i < 3; i++) {
        await recordAll(store, [
          aReport({ server: 'a', lastCheckAt: NOON + 2 * i * HOUR, syncStatus: 'OUT_OF_SYNC', files: ['x'] }),
          aReport({ server: 'a', lastCheckAt: NOON + (2 * i + 1) * HOUR }),
        ]);
      }
      const drifted = aReport({
        server: 'a',
        lastCheckAt: NOON + DAY,
        syncStatus: 'OUT_OF_SYNC',
        files: ['y'],
      });
      await recordAll(store, [{ ...drifted, commit: 'c1', error: 'partly', runUrl: 'https://ci.example/1' }]);
      const now = NOON + 7 * DAY + HOUR;
      const [facts] = await store.targetFacts({ names: [A, { repo: 'rsyslog', server: 'b' }], now });
      expect(facts).toMatchObject({
        target: A,
        recentIncidents: 3,
        incident: { openedAt: NOON + DAY, files: { names: ['y'] } },
        reported: {
          finding: { syncStatus: 'OUT_OF_SYNC', driftCount: 1 },
          commit: 'c1',
          error: 'partly',
          runUrl: 'https://ci.example/1',
        },
      });
      const known = await store.incidentsById([facts?.incident?.id ?? 0, 999]);
      expect(known.map(({ id }) => id)).toEqual([facts?.incident?.id]);
    });

    it('says that a repo is silent if it has several targets and all are STALE', async (store, {
      setNow,
    }) => {
      setNow(NOON);
      const report = (server: string, staleAfterMs = MINUTE) =>
        recordAll(store, [aReport({ server, staleAfterMs, lastCheckAt: NOON })]);
      await report('a');
      expect(await store.isSilent('rsyslog', NOON + HOUR)).toBe(false);
      await report('b');
      expect(await store.isSilent('rsyslog', NOON + HOUR)).toBe(true);
      expect(await store.isSilent('rsyslog', NOON)).toBe(false);
      await report('c', DAY);
      expect(await store.isSilent('rsyslog', NOON + HOUR)).toBe(false);
      await store.deleteTarget({ repo: 'rsyslog', server: 'c' }, { purge: false });
      expect(await store.isSilent('rsyslog', NOON + HOUR)).toBe(true);
      expect(await store.isSilent('other', NOON + HOUR)).toBe(false);
    });

    it('names the deleted targets that a channel was told about, even if the name is gone', async (store) => {
      const servers = ['kept', 'hidden', 'purged'];
      await recordAll(
        store,
        servers.map((server) => aReport({ server, syncStatus: 'UNKNOWN' })),
      );
      const ids = await store.troubledTargets(0, 10, NOON);
      await store.writeNotifications('ops', { write: ids.map((targetId) => aNotification({ targetId })) });
      for (const server of servers.slice(1)) {
        await store.deleteTarget({ repo: 'rsyslog', server }, { purge: server === 'purged' });
      }
      expect(await store.deletedTargets('ops')).toEqual(ids.slice(1));
    });
  });
}

async function problemsOfOne(store: Store) {
  await recordAll(store, [
    aReport({ server: 'a', syncStatus: 'OUT_OF_SYNC', files: ['x'], labels: { env: 'lab' } }),
  ]);
  const facts = await store.targetFacts({ names: [A], now: NOON });
  return facts.flatMap((of) => problemsOf(of, NOON));
}
