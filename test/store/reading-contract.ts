import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PostedReport, Report } from '../../src/domain/report.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { anArrival } from './arrivals.ts';
import { ALL_TIME, LATER, type StartStore, storeTest, withStore } from './harness.ts';

/** The questions. */
export function describeReading(start: StartStore): void {
  const it = storeTest(start);

  describe('pages of reports', () => {
    test('have all reports once, newest first, while new ones arrive', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anArrival, { maxLength: 30, size: 'max' }),
          fc.integer({ min: 1, max: 7 }),
          (reports, limit) =>
            withStore(start, async (store) => {
              await recordEach(store, reports);
              const whole = await store.reports({}, { range: ALL_TIME, limit: 1000 });
              const walked: Report[] = [];
              let page = await store.reports({}, { range: ALL_TIME, limit });
              walked.push(...page.reports);
              for (let newer = 1; page.next !== undefined; newer++) {
                await recordAll(store, [aReport({ lastCheckAt: NOON + DAY + newer * MINUTE })]);
                page = await store.reports({}, { range: ALL_TIME, limit, after: page.next });
                expect(page.reports).not.toEqual([]);
                walked.push(...page.reports);
              }
              expect(walked).toEqual(whole.reports);
              expect(whole.reports.map(({ checkedAt }) => checkedAt)).toEqual(
                whole.reports.map(({ checkedAt }) => checkedAt).sort((a, b) => b - a),
              );
            }),
        ),
        propertyRuns(60, start),
      );
    });

    it('return each report as it was posted', async (store) => {
      const { takesOver: _, ...report } = aReport({
        syncStatus: 'UNKNOWN',
        files: ['a'],
        driftCount: 3,
        expectedIntervalS: 120,
        commit: 'c0ffee',
        branch: 'main',
        tool: 'ansible',
        error: 'unreachable',
        errorKind: 'unreachable',
        staleAfterS: 900,
        check: 'nightly',
        afterDeploy: true,
        labels: { env: 'lab' },
        runUrl: 'https://ci.example/1',
        durationMs: 1234,
        extra: { site: 'lab', nested: { list: [1, null, 'ü'] } },
      });
      await recordAll(store, [{ ...report, takesOver: false }]);
      expect(await store.reports({}, { range: ALL_TIME, limit: 10 })).toEqual({
        reports: [{ ...report, lastCheckAt: NOON, checkedAt: NOON, receivedAt: LATER }],
        next: undefined,
      });
    });

    it('have only what was checked in the range, in the requested statuses', async (store) => {
      const minutes = [0, 10, 100, 1000];
      await recordAll(
        store,
        minutes.map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE })),
      );
      await recordAll(store, [aReport({ lastCheckAt: NOON + 50 * MINUTE, syncStatus: 'UNKNOWN' })]);
      const range = { from: NOON + 10 * MINUTE, to: NOON + 1000 * MINUTE };
      const checked = async (syncStatuses?: ('SYNCED' | 'UNKNOWN')[]) =>
        (await store.reports({}, { range, limit: 10, syncStatuses })).reports.map(
          ({ checkedAt }) => (checkedAt - NOON) / MINUTE,
        );
      expect(await checked()).toEqual([100, 50, 10]);
      expect(await checked(['UNKNOWN'])).toEqual([50]);
    });
  });

  describe('history', () => {
    it('of a range begins with the period that reaches into it, or expired before it', async (store) => {
      await recordAll(
        store,
        [0, 1, 60, 120].map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE })),
      );
      const from = async (minute: number, to: number) =>
        (await store.periods({}, { from: NOON + minute * MINUTE, to: NOON + to * MINUTE })).flatMap(
          ({ periods }) => periods.map(({ startedAt }) => (startedAt - NOON) / MINUTE),
        );
      expect(await from(1, 2)).toEqual([0]);
      expect(await from(30, 61)).toEqual([0, 60]);
      expect(await from(60, 120)).toEqual([60]);
      expect(await from(-10, 0)).toEqual([]);
    });

    it('has the incidents that overlap a range, newest first', async (store) => {
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      await recordAll(store, [
        aReport({ lastCheckAt: NOON, ...drift }),
        aReport({ lastCheckAt: NOON + 10 * MINUTE }),
        aReport({ lastCheckAt: NOON + 20 * MINUTE, ...drift }),
      ]);
      const opened = async (from: number, to: number) =>
        (await store.incidents({}, { from: NOON + from * MINUTE, to: NOON + to * MINUTE })).map(
          ({ openedAt }) => (openedAt - NOON) / MINUTE,
        );
      expect(await opened(0, 100)).toEqual([20, 0]);
      expect(await opened(5, 20)).toEqual([0]);
      expect(await opened(10, 20)).toEqual([]);
      expect(await opened(500, 600)).toEqual([20]);
      expect(await opened(-10, 0)).toEqual([]);
    });

    it('has each incident by its id, as long as its target is not deleted', async (store) => {
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      const ofProd = aReport({ lastCheckAt: NOON, server: 'prod', ...drift });
      await recordAll(store, [aReport({ lastCheckAt: NOON, ...drift }), ofProd]);
      const all = await store.incidents({}, ALL_TIME);
      expect(all).toHaveLength(2);
      expect(await Promise.all(all.map(({ id }) => store.incident(id)))).toEqual(all);
      expect(await store.incident(99)).toBeUndefined();
      await store.deleteTarget(ofProd.target, { purge: false });
      const found = await Promise.all(all.map(({ id }) => store.incident(id)));
      expect(found.map((one) => one?.target.server)).toEqual(
        all.map(({ target: { server } }) => (server === 'prod' ? undefined : server)),
      );
    });
  });
}

async function recordEach(store: Store, reports: readonly PostedReport[]): Promise<void> {
  for (const report of reports) await recordAll(store, [report]);
}
