import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/domain/report.ts';
import type { TargetFilter } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON } from '../fixtures.ts';
import { anArrival } from './arrivals.ts';
import { ALL_TIME, LONG_MS, type StartStore, storeTest, withStore } from './harness.ts';

/** What can be asked. */
export function describeReading(start: StartStore): void {
  const it = storeTest(start);

  describe('status', () => {
    it('is what the newest report says, whatever came in after it', async (store) => {
      await store.record([aReport({ checkedAt: NOON + MINUTE, commit: 'new', error: 'e', branch: 'main' })]);
      await store.record([aReport({ syncStatus: 'OUT_OF_SYNC', files: ['a'], commit: 'old' })]);
      expect(await store.statuses({})).toEqual([
        expect.objectContaining({
          target: { repo: 'rsyslog', server: 'rsyslog-lab' },
          checkedAt: NOON + MINUTE,
          receivedAt: NOON + MINUTE + 1500,
          staleAt: NOON + 11 * MINUTE,
          since: NOON + MINUTE,
          lastSyncedAt: NOON + MINUTE,
          commit: 'new',
          branch: 'main',
          error: 'e',
          incident: undefined,
        }),
      ]);
    });

    it('as of an instant is what was last checked by then', async (store) => {
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      await store.record([
        aReport(),
        aReport({ checkedAt: NOON + 2 * MINUTE }),
        aReport({ checkedAt: NOON + 4 * MINUTE, ...drift }),
        aReport({ checkedAt: NOON + 6 * MINUTE }),
      ]);
      const at = async (minute: number) => (await store.statuses({}, NOON + minute * MINUTE))[0];
      expect(await at(-1)).toBeUndefined();
      expect(await at(1)).toMatchObject({ checkedAt: NOON, staleAt: NOON + 10 * MINUTE, lastSyncedAt: NOON });
      expect(await at(3)).toMatchObject({ checkedAt: NOON + 2 * MINUTE, since: NOON, incident: undefined });
      expect(await at(5)).toMatchObject({
        finding: { syncStatus: 'OUT_OF_SYNC', files: [{ name: 'a' }] },
        since: NOON + 4 * MINUTE,
        lastSyncedAt: NOON + 2 * MINUTE,
        incident: { openedAt: NOON + 4 * MINUTE },
      });
      expect(await at(6)).toMatchObject({ finding: { syncStatus: 'SYNCED' }, incident: undefined });
    });

    it('comes by repo and server, and only of those asked for', async (store) => {
      for (const [repo, server] of [
        ['b', '1'],
        ['a', '2'],
        ['a', '1'],
        ['B', '1'],
      ] as const) {
        await store.record([aReport({ repo, server })]);
      }
      const names = async (filter: TargetFilter) =>
        (await store.statuses(filter)).map(({ target }) => `${target.repo}/${target.server}`);
      expect(await names({})).toEqual(['B/1', 'a/1', 'a/2', 'b/1']);
      expect(await names({ repos: ['a', 'b'], servers: ['1'] })).toEqual(['a/1', 'b/1']);
      expect(await names({ repos: ['nobody'] })).toEqual([]);
      expect(await names({ repos: [] })).toEqual([]);
    });
  });

  describe('pages of reports', () => {
    test(
      'walk through all reports once, newest first, while new ones come in',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(anArrival, { maxLength: 30, size: 'max' }),
            fc.integer({ min: 1, max: 7 }),
            (reports, limit) =>
              withStore(start, async (store) => {
                await store.record(reports);
                const whole = await store.reports({}, { range: ALL_TIME, limit: 1000 });
                const walked: Report[] = [];
                let page = await store.reports({}, { range: ALL_TIME, limit });
                walked.push(...page.reports);
                for (let newer = 1; page.next !== undefined; newer++) {
                  await store.record([aReport({ checkedAt: NOON + DAY + newer * MINUTE })]);
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
          { numRuns: 60 },
        );
      },
      LONG_MS,
    );

    it('give each report back as it came', async (store) => {
      const report = aReport({
        syncStatus: 'UNKNOWN',
        files: ['a'],
        driftCount: 3,
        expectedIntervalS: 120,
        commit: 'c0ffee',
        branch: 'main',
        tool: 'ansible',
        error: 'unreachable',
        errorKind: 'unreachable',
        runUrl: 'https://ci.example/1',
        durationMs: 1234,
        extra: { site: 'lab', nested: { list: [1, null, 'ü'] } },
      });
      await store.record([report]);
      expect(await store.reports({}, { range: ALL_TIME, limit: 10 })).toEqual({
        reports: [report],
        next: undefined,
      });
    });

    it('hold only what was checked in the range, in the statuses asked for', async (store) => {
      const minutes = [0, 10, 100, 1000];
      await store.record(minutes.map((minute) => aReport({ checkedAt: NOON + minute * MINUTE })));
      await store.record([aReport({ checkedAt: NOON + 50 * MINUTE, syncStatus: 'UNKNOWN' })]);
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
    it('of a range begins with the period that reaches into it, or ran out before it', async (store) => {
      await store.record([0, 1, 60, 120].map((minute) => aReport({ checkedAt: NOON + minute * MINUTE })));
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
      await store.record([
        aReport({ checkedAt: NOON, ...drift }),
        aReport({ checkedAt: NOON + 10 * MINUTE }),
        aReport({ checkedAt: NOON + 20 * MINUTE, ...drift }),
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

    it('of a forgotten target is gone, and of no other', async (store) => {
      await store.record([
        aReport({ syncStatus: 'OUT_OF_SYNC', files: ['a'] }),
        aReport({ server: 'other' }),
      ]);
      expect(await store.forget({ repo: 'rsyslog', server: 'rsyslog-lab' })).toBe(true);
      expect(await store.forget({ repo: 'rsyslog', server: 'rsyslog-lab' })).toBe(false);
      expect((await store.statuses({})).map(({ target }) => target.server)).toEqual(['other']);
      expect((await store.reports({}, { range: ALL_TIME, limit: 10 })).reports).toHaveLength(1);
      expect(await store.incidents({}, ALL_TIME)).toEqual([]);
      const [again] = await store.record([aReport()]);
      expect(again?.change).toBe('first');
    });
  });
}
