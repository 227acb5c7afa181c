import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from '../../src/domain/glob.ts';
import type { StatusDetails, TargetFilter } from '../../src/domain/questions/reader.ts';
import type { Target } from '../../src/domain/target.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { anArrival, arrivals, arrivedAt } from './arrivals.ts';
import { exported, imported, LATER, type StartStore, storeTest, withStore } from './harness.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** The status of targets, now and at an instant. */
export function describeStatuses(start: StartStore): void {
  const it = storeTest(start);

  describe('statuses', () => {
    test('at an instant follow the reports that were checked by then, as if there were no others', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anArrival, { maxLength: 30, size: 'max' }),
          fc.integer({ min: -1, max: 61 }),
          (reports, minute) =>
            withStore(start, (store) =>
              withStore(start, async (other) => {
                const at = NOON + minute * MINUTE;
                for (const report of reports) await recordAll(store, [report]);
                const known = (await exported(store)).filter(({ checkedAt }) => checkedAt <= at);
                await recordAll(other, imported(known), { origin: 'import' });
                const asOf = (await store.statuses({}, at)).map(independent);
                expect(asOf).toEqual((await other.statuses({})).map(independent));
              }),
            ),
        ),
        propertyRuns(200, start),
      );
    });

    test('now are the same as at an instant after everything, over restarts and for targets that came back', async () => {
      const aDeletion = fc.record({ deleted: fc.constantFrom('lab', 'prod') });
      const steps = fc.tuple(arrivals, fc.array(fc.option(aDeletion, { freq: 3 })));
      await fc.assert(
        fc.asyncProperty(steps, ([all, deletions]) =>
          withStore(start, async (store, { setNow, restart }) => {
            for (const [i, { reports, minute }] of all.entries()) {
              setNow(arrivedAt([{ reports, minute }]));
              await store.record([{ reports, origin: 'report', mayTakeOver: false }]);
              const server = deletions[i]?.deleted;
              if (server !== undefined) {
                await store.deleteTarget({ repo: 'rsyslog', server }, { purge: false });
              }
            }
            const now = await store.statuses({});
            expect(await store.statuses({}, LATER)).toEqual(now);
            expect(await (await restart()).statuses({})).toEqual(now);
          }),
        ),
        propertyRuns(100, start),
      );
    });

    it('follow the newest report, whatever arrives after it', async (store) => {
      await recordAll(store, [
        aReport({
          lastCheckAt: NOON + MINUTE,
          commit: 'new',
          error: 'e',
          branch: 'main',
          check: 'nightly',
          durationMs: 4200,
        }),
      ]);
      await recordAll(store, [aReport({ ...drift, commit: 'old', check: 'nightly' })]);
      expect(await store.statuses({})).toEqual([
        {
          target: { repo: 'rsyslog', server: 'rsyslog-lab' },
          checkedAt: NOON + MINUTE,
          receivedAt: LATER,
          lastCheckAt: NOON + MINUTE,
          staleAt: NOON + 11 * MINUTE,
          finding: { id: expect.any(Number), syncStatus: 'SYNCED', driftCount: 0, files: [] },
          commit: 'new',
          since: NOON + MINUTE,
          lastSyncedAt: NOON + MINUTE,
          incident: undefined,
          labels: {},
          check: 'nightly',
          branch: 'main',
          runUrl: undefined,
          error: 'e',
          errorKind: undefined,
          deployedCommit: undefined,
          durationMs: 4200,
          reports: { SYNCED: 1, OUT_OF_SYNC: 1, UNKNOWN: 0 },
        },
      ]);
    });

    it('at an instant follow the last check by then', async (store) => {
      await recordAll(store, [
        aReport(),
        aReport({ lastCheckAt: NOON + 2 * MINUTE, durationMs: 7 }),
        aReport({ lastCheckAt: NOON + 4 * MINUTE, ...drift }),
        aReport({ lastCheckAt: NOON + 6 * MINUTE }),
      ]);
      const at = async (minute: number) => (await store.statuses({}, NOON + minute * MINUTE))[0];
      expect(await at(-1)).toBeUndefined();
      expect(await at(1)).toMatchObject({ checkedAt: NOON, staleAt: NOON + 10 * MINUTE, lastSyncedAt: NOON });
      expect(await at(3)).toMatchObject({
        checkedAt: NOON + 2 * MINUTE,
        durationMs: 7,
        since: NOON,
        incident: undefined,
      });
      expect(await at(5)).toMatchObject({
        finding: { syncStatus: 'OUT_OF_SYNC', files: [{ name: 'a' }] },
        since: NOON + 4 * MINUTE,
        lastSyncedAt: NOON + 2 * MINUTE,
        incident: { openedAt: NOON + 4 * MINUTE },
      });
      expect(await at(6)).toMatchObject({ finding: { syncStatus: 'SYNCED' }, incident: undefined });
    });

    it('have the last deploy of the open incident, even at an instant before a later one', async (store) => {
      const deploy = (minute: number, commit: string) =>
        aReport({ lastCheckAt: NOON + minute * MINUTE, ...drift, commit, afterDeploy: true });
      await recordAll(store, [
        aReport({ lastCheckAt: NOON + MINUTE, ...drift }),
        deploy(2, 'a'),
        deploy(4, 'b'),
        aReport({ lastCheckAt: NOON + 5 * MINUTE, ...drift, commit: 'b' }),
      ]);
      const deployed = async (minute?: number) =>
        (await store.statuses({}, minute && NOON + minute * MINUTE))[0]?.deployedCommit;
      expect(await Promise.all([1, 2, 3, 4, 9, undefined].map(deployed))).toEqual([
        undefined,
        'a',
        'a',
        'b',
        'b',
        'b',
      ]);
      expect((await store.summaries({}))[0]?.deployedCommit).toBe('b');
      await recordAll(store, [aReport({ lastCheckAt: NOON + 6 * MINUTE })]);
      expect([await deployed(), await deployed(9), await deployed(5)]).toEqual([undefined, undefined, 'b']);
    });

    it('have no deploy of an incident that was resolved at the instant at which the open one began', async (store) => {
      const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });
      const deployed = { ...drift, commit: 'a', afterDeploy: true };
      for (const report of [at(1, deployed), at(1), at(1, drift), at(2, deployed)]) {
        await recordAll(store, [report]);
      }
      const [then] = await store.statuses({}, NOON + MINUTE);
      expect(then).toMatchObject({ incident: { openedAt: NOON + MINUTE }, deployedCommit: undefined });
      expect((await store.statuses({}, NOON + 2 * MINUTE))[0]?.deployedCommit).toBe('a');
    });

    it('have an unknown number of files if no report said it', async (store) => {
      await recordAll(store, [aReport({ syncStatus: 'OUT_OF_SYNC' })]);
      for (const at of [undefined, LATER]) {
        const [status] = await store.statuses({}, at);
        expect(status?.finding).toMatchObject({ driftCount: undefined, files: [] });
      }
    });

    it('have the labels of the newest report with any', async (store) => {
      await recordAll(store, [aReport({ labels: { env: 'lab', team: 'ops' } })]);
      await recordAll(store, [aReport({ lastCheckAt: NOON + MINUTE })]);
      expect(await store.statuses({})).toMatchObject([{ labels: { env: 'lab', team: 'ops' } }]);
    });

    it('come by repo and server, and only selected ones', async (store) => {
      for (const [repo, server] of [
        ['b', '1'],
        ['a', '2'],
        ['a', '1'],
        ['B', '1'],
      ] as const) {
        await recordAll(store, [aReport({ repo, server })]);
      }
      for (const at of [undefined, LATER]) {
        const names = async (filter: TargetFilter) => (await store.statuses(filter, at)).map(nameOf);
        expect(await names({})).toEqual(['B/1', 'a/1', 'a/2', 'b/1']);
        expect(await names({ repos: ['a', 'b'], servers: ['1'] })).toEqual(['a/1', 'b/1']);
        expect(await names({ servers: ['2'] })).toEqual(['a/2']);
        expect(await names({ repos: ['nobody'] })).toEqual([]);
        expect(await names({ repos: [] })).toEqual([]);
      }
    });

    it('are those whose names match a pattern in which * stands for anything', async (store) => {
      const parts = fc.stringMatching(/^[a-c/~.@+:_-]{1,6}$/);
      const texts = fc.stringMatching(/^[a-c/*~.@+:_-]{1,6}$/);
      const fleet = fc.sample(fc.tuple(parts, parts), { numRuns: 60, seed: 1 });
      await recordAll(
        store,
        fleet.map(([repo, server]) => aReport({ repo: `a${repo}`, server: `b${server}` })),
      );
      const all = await store.statuses({});
      for (const [repo, server] of fc.sample(fc.tuple(texts, texts), { numRuns: 60, seed: 2 })) {
        const [repos, servers] = [[`a${repo}`, 'nobody'], [`*${server}`]];
        const isMeant = ({ target }: { target: Target }) =>
          repos.some((one) => matchesGlob(one, target.repo)) &&
          servers.some((one) => matchesGlob(one, target.server));
        const found = await store.statuses({ repos, servers });
        expect(found.map(nameOf)).toEqual(all.filter(isMeant).map(nameOf));
      }
    });

    it('have everything acknowledged before the question, while more is being recorded', async (store) => {
      const minutes = Array.from({ length: 40 }, (_, i) => i);
      await Promise.all(
        minutes.map(async (minute) => {
          const server = `${minute % 4}`;
          await recordAll(store, [aReport({ server, lastCheckAt: NOON + minute * MINUTE })]);
          const [status] = await store.statuses({ servers: [server] });
          expect(status?.checkedAt).toBeGreaterThanOrEqual(NOON + minute * MINUTE);
        }),
      );
      expect((await store.statuses({})).map(({ reports }) => reports.SYNCED)).toEqual([10, 10, 10, 10]);
    });

    it('have another version after every commit, and the same without one', async (store) => {
      const versions = [store.version()];
      const changesIt = async (work: () => Promise<unknown>) => {
        await work();
        versions.push(store.version());
        expect(new Set(versions).size).toBe(versions.length);
        expect(store.version()).toBe(versions.at(-1));
      };
      await changesIt(() => recordAll(store, [aReport()]));
      await changesIt(() => recordAll(store, [aReport({ lastCheckAt: NOON + DAY })]));
      await changesIt(() => store.deleteTarget({ repo: 'rsyslog', server: 'rsyslog-lab' }, { purge: false }));
      await store.statuses({});
      expect(store.version()).toBe(versions.at(-1));
    });
  });
}

function nameOf({ target: { repo, server } }: StatusDetails): string {
  return `${repo}/${server}`;
}

/** Without values about now, and the ids that each store chooses. */
function independent({
  labels: _,
  reports: __,
  finding,
  incident,
  ...status
}: Awaited<ReturnType<Store['statuses']>>[number]) {
  const { id: ___, ...found } = finding ?? { id: 0 };
  return {
    ...status,
    finding: finding && found,
    incident: incident && { openedAt: incident.openedAt, cause: incident.cause },
  };
}
