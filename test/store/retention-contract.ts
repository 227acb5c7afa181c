import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { groupBy } from '../../src/domain/group-by.ts';
import type { Report } from '../../src/domain/report.ts';
import {
  addPruned,
  type Horizons,
  historyKeptFrom,
  NOTHING_PRUNED,
  type Pruned,
  reportsKeptFrom,
} from '../../src/domain/retention.ts';
import { stateAt } from '../../src/domain/state.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { anArrival } from './arrivals.ts';
import {
  ALL_TIME,
  LONG_MS,
  type StartStore,
  storedHistory,
  storeTest,
  withoutFindingId,
  withStore,
} from './harness.ts';

/** A batch of one step, or all in one. */
const [SMALLEST, WHOLE] = [0, Number.POSITIVE_INFINITY];

/** Weeks instead of an hour, so that even what is noted by the day only gets old; received as it is checked. */
const TICK = 6 * HOUR;
const aWeeksArrival = anArrival.map((report): Report => {
  const checkedAt = NOON + ((report.checkedAt - NOON) / MINUTE) * TICK;
  const receivedAt = checkedAt + (report.receivedAt - NOON - HOUR);
  return { ...report, checkedAt, receivedAt, staleAfterMs: (report.staleAfterMs / MINUTE) * TICK };
});
const anInstant = fc.integer({ min: -2, max: 62 }).map((tick) => NOON + tick * TICK);
const horizons: fc.Arbitrary<Horizons> = fc.record({ reportsBefore: anInstant, historyBefore: anInstant });
const batchMs = fc.constantFrom(SMALLEST, WHOLE);

const aPruning = fc.record({
  horizons,
  batchMs,
  /** Ended after so many batches. */
  batches: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 6 })),
});
const aStory = fc.array(
  fc.oneof({ weight: 10, arbitrary: aWeeksArrival }, { weight: 1, arbitrary: aPruning }),
  { maxLength: 50, size: 'max' },
);

/** What age takes, and what it must not change. */
export function describeRetention(start: StartStore): void {
  const it = storeTest(start);

  describe('pruning', () => {
    test(
      'changes no answer about an instant from the horizons on, neither at once nor by what is recorded later',
      async () => {
        await fc.assert(
          fc.asyncProperty(aStory, (steps) =>
            withStore(start, (pruned) =>
              withStore(start, async (whole) => {
                let highest = { reportsBefore: 0, historyBefore: 0 };
                for (const step of steps) {
                  if ('target' in step) {
                    await recordInBoth(step, { pruned, whole, highest });
                  } else {
                    await prune(pruned, step.horizons, step);
                    highest = highestOf(highest, step.horizons);
                    expect(await answersFrom(pruned, highest)).toEqual(await answersFrom(whole, highest));
                  }
                }
                expect(await answersFrom(pruned, highest)).toEqual(await answersFrom(whole, highest));
              }),
            ),
          ),
          { numRuns: 100 },
        );
      },
      LONG_MS,
    );

    test(
      'leaves what the rules of the domain say, in one batch or in many, and the totals',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(aWeeksArrival, { maxLength: 40, size: 'max' }),
            horizons,
            batchMs,
            (reports, at, ms) =>
              withStore(start, async (store, harness) => {
                await store.record(reports);
                const before = { history: await storedHistory(store), reports: await allReports(store) };
                const expected = afterPruning(before, at);
                const standings = await store.standings();
                const pruned = await prune(store, at, { batchMs: ms });
                expect(await storedHistory(store)).toEqual(expected.history);
                expect(await allReports(store)).toEqual(expected.reports);
                expect(pruned.reports).toBe(before.reports.length - expected.reports.length);
                expect(await store.standings()).toEqual(standings);
                expect(await (await harness.restart()).standings()).toEqual(standings);
              }),
          ),
          { numRuns: 100 },
        );
      },
      LONG_MS,
    );

    test(
      'a second time takes nothing',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(aWeeksArrival, { maxLength: 40, size: 'max' }), horizons, (reports, at) =>
            withStore(start, async (store) => {
              await store.record(reports);
              await prune(store, at, { batchMs: SMALLEST });
              expect(await prune(store, at, { batchMs: SMALLEST })).toEqual(NOTHING_PRUNED);
            }),
          ),
          { numRuns: 50 },
        );
      },
      LONG_MS,
    );

    it('never takes the latest report of a target, however old', async (store) => {
      await store.record([aReport(), aReport({ checkedAt: NOON + MINUTE }), aReport({ server: 'silent' })]);
      const before = await store.statuses({});
      const far = NOON + 1000 * TICK;
      await prune(store, { reportsBefore: far, historyBefore: far });
      expect(await store.statuses({})).toEqual(before);
      expect(await allReports(store)).toHaveLength(2);
    });

    it('leaves an instant before the raw horizon to be told from the periods', async (store) => {
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      const at = (minute: number, traits = {}) => aReport({ checkedAt: NOON + minute * MINUTE, ...traits });
      await store.record([at(0), at(2, drift), at(4, drift), at(6, drift), at(8)]);
      await prune(store, { reportsBefore: NOON + 100 * MINUTE, historyBefore: NOON });
      expect(await allReports(store)).toHaveLength(1);
      expect(await store.statuses({}, NOON + 5 * MINUTE)).toEqual([
        expect.objectContaining({
          checkedAt: NOON + 2 * MINUTE,
          finding: expect.objectContaining({ syncStatus: 'OUT_OF_SYNC' }),
          since: NOON + 2 * MINUTE,
          lastSyncedAt: NOON,
          incident: expect.objectContaining({ openedAt: NOON + 2 * MINUTE }),
        }),
      ]);
    });

    it('leaves a place in history for a late report as far back as its neighbours are kept', async (store) => {
      const at = (tick: number) => aReport({ checkedAt: NOON + tick * TICK });
      await store.record([at(0), at(2), at(6), { ...at(0), target: { repo: 'other', server: 'lab' } }]);
      await prune(store, { reportsBefore: NOON + 4 * TICK, historyBefore: NOON });
      await expect(store.record([at(1)])).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(/rsyslog on rsyslog-lab .*from 2026-04-22T00:00:00.000Z on/),
      });
      await expect(store.record([at(3)])).resolves.toMatchObject([{ recorded: 'new', change: 'late' }]);
      // Nothing was pruned from the other one, so all there is to know about its past is known.
      const early = { ...at(-1), target: { repo: 'other', server: 'lab' } };
      await expect(store.record([early])).resolves.toMatchObject([{ change: 'late' }]);
    });

    it('goes on with a target that was pruned whole as before', async (store) => {
      await store.record([0, 1, 2].map((tick) => aReport({ checkedAt: NOON + tick * TICK })));
      const far = NOON + 100 * TICK;
      await prune(store, { reportsBefore: far, historyBefore: far });
      const answer = await store.record([aReport({ checkedAt: far + TICK })]);
      expect(answer).toMatchObject([{ recorded: 'new', change: 'unchanged', since: far + TICK }]);
      expect((await store.standings())[0]?.reports.SYNCED).toBe(4);
    });
  });
}

async function prune(
  store: Store,
  horizons: Horizons,
  { batchMs = WHOLE, batches = Number.POSITIVE_INFINITY }: { batchMs?: number; batches?: number } = {},
): Promise<Pruned> {
  let pruned = NOTHING_PRUNED;
  let count = 0;
  for await (const batch of store.prune(horizons, batchMs)) {
    pruned = addPruned(pruned, batch);
    if (++count >= batches) break;
  }
  return pruned;
}

/** A report that the pruned one refuses is older than what may be asked of it, and the other one never hears of it. */
async function recordInBoth(
  report: Report,
  { pruned, whole, highest }: { pruned: Store; whole: Store; highest: Horizons },
): Promise<void> {
  try {
    const answer = await pruned.record([report]);
    expect(answer).toEqual(await whole.record([report]));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'invalid') throw error;
    expect(report.checkedAt).toBeLessThan(highest.reportsBefore);
  }
}

function highestOf(a: Horizons, b: Horizons): Horizons {
  return {
    reportsBefore: Math.max(a.reportsBefore, b.reportsBefore),
    historyBefore: Math.max(a.historyBefore, b.historyBefore),
  };
}

/** Everything that can be asked from the horizons on. */
async function answersFrom(store: Store, { reportsBefore, historyBefore }: Horizons) {
  const starts = [0, 1, 5 * TICK].map((later) => historyBefore + later);
  const both = Math.max(reportsBefore, historyBefore);
  return {
    reports: await store.reports({}, { range: { ...ALL_TIME, from: reportsBefore }, limit: 1000 }),
    histories: await Promise.all(
      starts.flatMap((from) =>
        [from + TICK, ALL_TIME.to].map(async (to) => ({
          periods: (await store.periods({}, { from, to })).map(withoutFindingIds),
          incidents: await store.incidents({}, { from, to }),
        })),
      ),
    ),
    states: await Promise.all(starts.map((at) => statesAt(store, at))),
    statuses: await Promise.all(
      [both, both + TICK, ALL_TIME.to].map(async (at) =>
        (await store.statuses({}, at)).map(withoutFindingId),
      ),
    ),
    standings: await store.standings(),
  };
}

/** What the periods alone can tell. */
async function statesAt(store: Store, at: number) {
  return (await store.statuses({}, at)).map(
    ({ target, finding, since, checkedAt, staleAt, commit, incident }) => {
      const state = stateAt({ syncStatus: finding.syncStatus, checkedAt, staleAt }, at);
      return { target, state, files: finding.files, since, commit, incident };
    },
  );
}

/** Oldest first. */
async function allReports(store: Store): Promise<Report[]> {
  return [...(await store.reports({}, { range: ALL_TIME, limit: 1000 })).reports].reverse();
}

/** The rules of the domain, applied to everything there was. */
function afterPruning(
  before: { history: Awaited<ReturnType<typeof storedHistory>>; reports: Report[] },
  { reportsBefore, historyBefore }: Horizons,
) {
  const kept = new Map<string, number>();
  for (const [server, reports] of groupBy(before.reports, ({ target }) => target.server)) {
    const instants = reports.map(({ checkedAt }) => checkedAt);
    kept.set(server, reportsKeptFrom(instants, reportsBefore) ?? Math.min(...instants));
  }
  const keptFrom = (server: string) => kept.get(server) ?? Number.NaN;
  return {
    reports: before.reports.filter(({ target, checkedAt }) => checkedAt >= keptFrom(target.server)),
    history: before.history.map(({ server, periods, incidents }) => {
      const refs = periods.map((period) => ({ ...period, finding: { ...period.finding, id: 0 } }));
      const from = historyKeptFrom(refs, { historyBefore, oldestReportAt: keptFrom(server) }) ?? 0;
      return {
        server,
        periods: periods.filter(({ startedAt }) => startedAt >= from),
        incidents: incidents.filter(({ openedAt }) => openedAt >= from),
      };
    }),
  };
}

function withoutFindingIds(history: Awaited<ReturnType<Store['periods']>>[number]) {
  return { ...history, periods: history.periods.map(withoutFindingId) };
}
