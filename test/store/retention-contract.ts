import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addPruned, type Horizons, NOTHING_PRUNED, type Pruned } from '../../src/domain/retention.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { exported, LATER, type StartStore, storedHistory, storeTest, withStore } from './harness.ts';
import {
  aDaysArrival,
  answersFrom,
  aStory,
  ENOUGH_PASSES,
  highestOf,
  horizons,
  recordInBoth,
  SMALLEST,
  TICK,
  WHOLE,
} from './pruning-story.ts';
import { historyKeptAfter, reportsKeptAfter, reportsNeededAfter } from './retention-model.ts';

/** What is removed by age, and what that must not change. */
export function describeRetention(start: StartStore): void {
  const it = storeTest(start);

  describe('pruning', () => {
    test('changes no answer about an instant from the horizons on, neither at once nor by later reports', async () => {
      await fc.assert(
        fc.asyncProperty(aStory, (steps) =>
          withStore(start, (pruned, { setNow: setPruned }) =>
            withStore(start, async (whole, { setNow: setWhole }) => {
              let now = NOON;
              let highest: Horizons = {
                reportsBefore: 0,
                historyBefore: 0,
                eventsBefore: 0,
                actionsBefore: 0,
              };
              for (const step of steps) {
                if (step.kind === 'report') now = Math.max(now, step.report.lastCheckAt);
                for (const setNow of [setPruned, setWhole]) setNow(now);
                if (step.kind === 'prune') {
                  await prune(pruned, step.horizons, step);
                  highest = highestOf(highest, step.horizons);
                  expect(await answersFrom(pruned, highest)).toEqual(await answersFrom(whole, highest));
                } else await recordInBoth(step, { pruned, whole, highest });
              }
              expect(await answersFrom(pruned, highest)).toEqual(await answersFrom(whole, highest));
            }),
          ),
        ),
        propertyRuns(100, start),
      );
    });

    test('leaves what the rules say, pass by pass, in one batch or in many, and the totals', async () => {
      const reported = fc.array(aDaysArrival, { minLength: 1, maxLength: 40, size: 'max' });
      const passing = fc.record({
        batchMs: fc.constantFrom(SMALLEST, WHOLE),
        passes: fc.integer({ min: 1, max: ENOUGH_PASSES }),
      });
      await fc.assert(
        fc.asyncProperty(reported, horizons, passing, (reports, wanted, options) =>
          withStore(start, async (store, harness) => {
            for (const report of reports) await recordAll(store, [report]);
            const before = { history: await storedHistory(store), reports: await exported(store) };
            const totals = await totalsOf(store);
            const pruned = await prune(store, wanted, options);
            const left = await exported(store);
            if (start.packsReports !== true) {
              expect(left).toEqual(reportsKeptAfter(before, wanted, options.passes));
            }
            expect(before.reports).toEqual(expect.arrayContaining(left));
            const needed = reportsNeededAfter(before, wanted, options.passes);
            expect(left).toEqual(expect.arrayContaining(needed));
            const history = historyKeptAfter(before, { wanted, left, passes: options.passes });
            expect(await storedHistory(store)).toEqual(history);
            expect(pruned.reports).toBe(before.reports.length - left.length);
            expect(await totalsOf(store)).toEqual(totals);
            expect(await totalsOf(await harness.restart())).toEqual(totals);
          }),
        ),
        propertyRuns(100, start),
      );
    });

    test('removes nothing more once a horizon is where it should be', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(aDaysArrival, { maxLength: 40, size: 'max' }),
          horizons,
          (reports, wanted) =>
            withStore(start, async (store) => {
              for (const report of reports) await recordAll(store, [report]);
              await prune(store, wanted, { batchMs: SMALLEST, passes: ENOUGH_PASSES });
              const again = await prune(store, wanted, { batchMs: SMALLEST });
              expect(again).toEqual(NOTHING_PRUNED);
            }),
        ),
        propertyRuns(50, start),
      );
    });

    it('never removes the newest report of a target, however old', async (store) => {
      await recordAll(store, [
        aReport({ commit: 'before' }),
        aReport({ lastCheckAt: NOON + 9 * DAY }),
        aReport({ server: 'silent' }),
      ]);
      const before = await store.statuses({});
      await prune(store, allBefore(LATER), { passes: 15 });
      expect(await store.statuses({})).toEqual(before);
      expect(await exported(store)).toHaveLength(2);
    });

    it('moves a horizon by two days a pass, from the oldest row on, and never back', async (store, harness) => {
      const days = Array.from({ length: 11 }, (_, day) => day);
      await recordAll(
        store,
        days.map((day) => aReport({ lastCheckAt: NOON + day * DAY, commit: `${day}` })),
      );
      const expectHorizon = async (at: number) => {
        const sent = [at - 1, at].map((lastCheckAt) =>
          aSubmission([aReport({ lastCheckAt, commit: `${(at - NOON) / DAY}` })]),
        );
        expect(await store.record(sent)).toMatchObject([
          { kind: 'refused', code: 'invalid', refusals: [{ kind: 'before_retention' }] },
          { kind: 'recorded', answers: [{ recorded: 'duplicate' }] },
        ]);
        const left = (await exported(store)).map(({ checkedAt }) => checkedAt);
        expect(start.packsReports === true || left[0] === at).toBe(true);
      };
      await prune(store, allBefore(NOON + 9 * DAY));
      await expectHorizon(NOON + 2 * DAY);
      await prune(store, allBefore(NOON + 9 * DAY));
      await expectHorizon(NOON + 4 * DAY);
      await prune(store, allBefore(NOON));
      store = await harness.restart();
      await prune(store, allBefore(NOON + 5 * DAY));
      await expectHorizon(NOON + 5 * DAY);
    });

    it("does not run while the clock is far past every reporter's", async (store, { setNow }) => {
      const reports = [0, 1, 2].map((day) => aReport({ lastCheckAt: NOON + day * DAY }));
      await recordAll(store, reports);
      setNow(NOON + 33 * DAY);
      // A push is checked when it arrives, so it says nothing about the clock.
      await recordAll(store, [aReport({ server: 'pushed', pushed: true, lastCheckAt: undefined })]);
      const takes = async (lastCheckAt: number) =>
        (await store.record([aSubmission([aReport({ lastCheckAt })])]))[0]?.kind;
      await prune(store, allBefore(NOON + 2 * DAY));
      expect(await takes(NOON + MINUTE)).toBe('recorded');
      setNow(NOON + 32 * DAY);
      await prune(store, allBefore(NOON + 2 * DAY));
      expect(await takes(NOON + 2 * MINUTE)).toBe('refused');
    });

    it('leaves periods to answer about an instant before the horizon of reports', async (store) => {
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      const begin = NOON - 14 * DAY;
      const at = (minute: number, traits = {}) =>
        aReport({ lastCheckAt: begin + minute * MINUTE, ...traits });
      await recordAll(store, [at(0), at(2, drift), at(4, drift), at(6, drift), at(8), aReport()]);
      await prune(store, { ...allBefore(NOON + HOUR), historyBefore: begin }, { passes: 3 });
      expect(await exported(store)).toHaveLength(1);
      expect(await store.statuses({}, begin + 5 * MINUTE)).toEqual([
        expect.objectContaining({
          checkedAt: begin + 2 * MINUTE,
          finding: expect.objectContaining({ syncStatus: 'OUT_OF_SYNC' }),
          since: begin + 2 * MINUTE,
          lastSyncedAt: begin,
          incident: expect.objectContaining({ openedAt: begin + 2 * MINUTE }),
        }),
      ]);
    });

    it('answers about an instant before the horizon of reports the same if only some of them are left', async (store, {
      setNow,
    }) => {
      const deployed = { commit: 'new', syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      setNow(NOON);
      await recordAll(store, [aReport()]);
      await recordAll(store, [aReport(deployed)]);
      await prune(store, { ...allBefore(NOON), reportsBefore: NOON + TICK }, { batchMs: SMALLEST });
      setNow(NOON + TICK);
      await recordAll(store, [aReport({ lastCheckAt: NOON + TICK })]);
      await prune(store, allBefore(NOON), { batchMs: SMALLEST, passes: 2, batches: 1 });
      expect(await store.statuses({}, NOON)).toMatchObject([
        { commit: 'new', finding: { syncStatus: 'OUT_OF_SYNC', files: [{ name: 'a' }] } },
      ]);
    });

    it('shows nothing of a report from before its horizon at an instant from before it, though the report is left', async (store) => {
      await recordAll(store, [aReport({ branch: 'main' }), aReport({ lastCheckAt: NOON + 2 * DAY })]);
      await prune(store, { ...allBefore(NOON), reportsBefore: NOON + DAY });
      expect(await exported(store)).toHaveLength(2);
      const branchAt = async (at: number) => (await store.statuses({}, at))[0]?.branch;
      expect(await branchAt(NOON + DAY - 1)).toBe(undefined);
      expect(await branchAt(NOON + DAY)).toBe('main');
    });

    it('keeps the last run of SYNCED before the present state', async (store) => {
      const threeDays = 3 * DAY;
      const at = (place: number, traits = {}) =>
        aReport({ lastCheckAt: NOON + place * threeDays, staleAfterMs: 4 * DAY, ...traits });
      const drifted = [2, 3, 4, 5, 6, 7].map((place) =>
        at(place, { syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
      );
      await recordAll(store, [at(0, { syncStatus: 'UNKNOWN' }), at(1), ...drifted]);
      await prune(store, allBefore(NOON + 6 * threeDays), { passes: 14 });
      const [history] = await storedHistory(store);
      expect(history?.periods.map(({ startedAt }) => (startedAt - NOON) / threeDays)).toEqual([1, 2]);
      expect(await store.statuses({}, NOON + 3 * threeDays)).toMatchObject([
        { lastSyncedAt: NOON + threeDays },
      ]);
    });

    it('lets a completely pruned target go on as before', async (store) => {
      await recordAll(
        store,
        [0, 1, 2].map((tick) => aReport({ lastCheckAt: NOON + tick * TICK })),
      );
      await prune(store, allBefore(NOON + 2 * DAY));
      const [answer] = await recordAll(store, [aReport({ lastCheckAt: NOON + 3 * DAY })]);
      expect(answer).toMatchObject({ recorded: 'new', change: 'unchanged', since: NOON + 3 * DAY });
      expect((await store.statuses({}))[0]?.reports.SYNCED).toBe(4);
    });
  });
}

function allBefore(instant: number): Horizons {
  return { reportsBefore: instant, historyBefore: instant, eventsBefore: instant, actionsBefore: instant };
}

async function prune(
  store: Store,
  wanted: Horizons,
  {
    batchMs = WHOLE,
    passes = 1,
    batches = Number.POSITIVE_INFINITY,
  }: { batchMs?: number; passes?: number; batches?: number } = {},
): Promise<Pruned> {
  let pruned = NOTHING_PRUNED;
  for (let pass = 1; pass <= passes; pass++) {
    let count = 0;
    for await (const batch of store.prune(wanted, batchMs)) {
      pruned = addPruned(pruned, batch);
      if (pass === passes && ++count >= batches) break;
    }
  }
  return pruned;
}

async function totalsOf(store: Store) {
  return (await store.statuses({})).map(({ target, reports }) => ({ target, reports }));
}
