import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Standing } from '../../src/domain/standing.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import { anArrival } from './arrivals.ts';
import { ALL_TIME, LONG_MS, type StartStore, storeTest, withStore } from './harness.ts';

/** What the gauges and counters are made of. */
export function describeStandings(start: StartStore): void {
  const it = storeTest(start);

  describe('standings', () => {
    test(
      'say what the status and the periods say, whatever came in since they were last asked for',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.array(anArrival, { maxLength: 4 }), { maxLength: 6 }), (batches) =>
            withStore(start, async (store, harness) => {
              for (const batch of batches) {
                await store.record(batch);
                expect(await store.standings()).toEqual(await derivedStandings(store));
              }
              const restarted = await harness.restart();
              expect(await restarted.standings()).toEqual(await derivedStandings(restarted));
            }),
          ),
          { numRuns: 60 },
        );
      },
      LONG_MS,
    );

    it('come by target, and without one that was forgotten', async (store) => {
      await store.record([aReport({ server: 'b' })]);
      expect(await serversOf(store)).toEqual(['b']);
      await store.record([aReport({ server: 'c' }), aReport({ server: 'a' })]);
      expect(await serversOf(store)).toEqual(['a', 'b', 'c']);
      await store.forget({ repo: 'rsyslog', server: 'b' });
      expect(await serversOf(store)).toEqual(['a', 'c']);
      await store.record([aReport({ server: 'b' })]);
      expect((await store.standings()).map(({ reports }) => reports.SYNCED)).toEqual([1, 1, 1]);
    });

    it('are the very same object where nothing was recorded since', async (store) => {
      await store.record([aReport({ server: 'a' }), aReport({ server: 'b' })]);
      const before = await store.standings();
      await store.record([aReport({ server: 'b', checkedAt: NOON + MINUTE }), aReport({ server: 'a' })]);
      const after = await store.standings();
      expect(after[0]).toBe(before[0]);
      expect(after[1]).toMatchObject({ checkedAt: NOON + MINUTE, reports: { SYNCED: 2 } });
    });
  });
}

async function serversOf(store: Store): Promise<string[]> {
  return (await store.standings()).map(({ target }) => target.server);
}

async function derivedStandings(store: Store): Promise<Standing[]> {
  const histories = await store.periods({}, ALL_TIME);
  return (await store.statuses({})).map(({ target, finding, incident, ...status }) => {
    const reports = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };
    const history = histories.find((one) => one.target.server === target.server);
    for (const period of history?.periods ?? []) reports[period.finding.syncStatus] += period.reports;
    return {
      target,
      syncStatus: finding.syncStatus,
      driftCount: finding.driftCount,
      checkedAt: status.checkedAt,
      receivedAt: status.receivedAt,
      staleAt: status.staleAt,
      incidentOpenedAt: incident?.openedAt,
      reports,
    };
  });
}
