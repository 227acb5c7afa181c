import { describe, expect } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { LATER, type StartStore, storeTest } from './harness.ts';

const GROUP = { instance: 'ci-1', job: 'drift' };
const anything = () => undefined;

function aPush(server: string, group: Readonly<Record<string, string>> = GROUP) {
  return aReport({
    server,
    pushed: true,
    lastCheckAt: undefined,
    pushGroup: group,
    extra: { labels: group },
  });
}

/** Pushes that are the newest report of their target, and deleting them by their group. */
export function describePushes(start: StartStore): void {
  const it = storeTest(start);
  const told = async (store: Store) =>
    (await store.pushes({})).map(({ target, isDeleted }) => `${target.server}${isDeleted ? ' deleted' : ''}`);

  describe('pushes', () => {
    it('are listed while they are the newest report, with labels and group', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aPush('a'), aPush('b', { job: 'drift' }), aReport({ server: 'posted' })]);
      expect(await store.pushes({})).toEqual([
        {
          target: { repo: 'rsyslog', server: 'a' },
          receivedAt: NOON,
          labels: GROUP,
          group: GROUP,
          isDeleted: false,
        },
        expect.objectContaining({ group: { job: 'drift' } }),
      ]);
      expect(await store.pushes({ servers: ['b'] })).toHaveLength(1);
      setNow(NOON + MINUTE);
      await recordAll(store, [aReport({ server: 'a', lastCheckAt: NOON + MINUTE })]);
      await store.deleteTarget({ repo: 'rsyslog', server: 'b' }, { purge: false });
      expect(await store.pushes({})).toEqual([]);
    });

    it('of one group are deleted together, and of no other', async (store) => {
      await recordAll(store, [aPush('a'), aPush('b'), aPush('c', { job: 'drift' })]);
      expect(await store.deletePushes(GROUP, anything)).toHaveLength(2);
      expect(await told(store)).toEqual(['a deleted', 'b deleted', 'c']);
      expect(await store.deletePushes({ job: 'nothing' }, anything)).toEqual([]);
    });

    it('stay deleted until the next one of the same target, even over a restart', async (store, harness) => {
      await recordAll(store, [aPush('a'), aPush('b')]);
      await store.deletePushes(GROUP, anything);
      const restarted = await harness.restart();
      expect(await told(restarted)).toEqual(['a deleted', 'b deleted']);
      // This holds even if the clock was turned back since.
      harness.setNow(LATER - MINUTE);
      await recordAll(restarted, [aPush('a')]);
      expect(await told(restarted)).toEqual(['a', 'b deleted']);
    });

    it('that are deleted change no status and no history', async (store) => {
      await recordAll(store, [aPush('a')]);
      const before = await store.statuses({});
      await store.deletePushes(GROUP, anything);
      expect(await store.statuses({})).toEqual(before);
      expect((await store.eventsAfter(0, { limit: 10 })).events).toHaveLength(1);
    });

    it('stay if the check throws, which sees all their targets', async (store) => {
      await recordAll(store, [aPush('a'), aPush('b')]);
      const refuse = (targets: readonly { readonly server: string }[]) => {
        throw new Error(targets.map(({ server }) => server).join());
      };
      await expect(store.deletePushes(GROUP, refuse)).rejects.toThrow('a,b');
      expect(await told(store)).toEqual(['a', 'b']);
    });
  });
}
