import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys } from '../../src/domain/history-key.ts';
import type { Report } from '../../src/domain/report.ts';
import { aReport, DAY, NOON, recordAll } from '../fixtures.ts';
import { atFullLength } from '../full-length.ts';
import { exported } from './harness.ts';
import { aCluster, missing } from './postgres-database.ts';

/** Each with another commit, so that no two share a chunk. */
const reportOf = (server: string, lastCheckAt: number) =>
  aReport({ server, lastCheckAt, commit: `${lastCheckAt}`, staleAfterMs: DAY });

const before = (reportsBefore: number) => ({
  reportsBefore,
  historyBefore: 0,
  eventsBefore: 0,
  actionsBefore: 0,
});

const keyOf = ({ target, checkedAt, receivedAt }: Report) => `${target.server} ${checkedAt} ${receivedAt}`;

/** Whether it is from the horizon on, or the newest of its target from before. */
function isNeeded(report: Report, all: readonly Report[], horizon: number): boolean {
  if (report.checkedAt >= horizon) return true;
  return !all.some(
    (one) =>
      one.target.server === report.target.server && one.checkedAt <= horizon && compareKeys(one, report) > 0,
  );
}

test.skipIf(missing !== undefined)(
  `whenever targets report and passes run, all reports since the horizon stay, and the newest from before it (${missing ?? ''})`,
  async () => {
    const aStep = fc.record({
      afterMs: fc.nat(8 * DAY),
      reports: fc.uniqueArray(
        fc.record({ server: fc.constantFrom('a', 'b', 'c'), lateMs: fc.nat(2 * DAY) }),
        {
          selector: ({ server }) => server,
        },
      ),
      passes: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 6, maxLength: 10 }), async (steps) => {
        const cluster = await aCluster();
        let now = NOON;
        const store = await cluster.open({ now: () => now });
        const recorded: Report[] = [];
        for (const { afterMs, reports, passes: count } of steps) {
          now += afterMs;
          for (const { server, lateMs } of reports) await recordAll(store, [reportOf(server, now - lateMs)]);
          recorded.push(...(await exported(store)).filter(({ receivedAt }) => receivedAt === now));
          const horizon = now - 6 * DAY;
          for (let pass = 0; pass < count; pass++) for await (const _ of store.prune(before(horizon), 0));
          const left = new Set((await exported(store)).map(keyOf));
          const needed = recorded.filter((one) => isNeeded(one, recorded, horizon));
          expect(needed.map(keyOf).filter((key) => !left.has(key))).toEqual([]);
        }
        await cluster.close();
      }),
      { numRuns: atFullLength(100, { otherwise: 3 }), endOnFailure: true },
    );
  },
);
