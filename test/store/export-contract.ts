import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/domain/report.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import { anArrival } from './arrivals.ts';
import { LONG_MS, type StartStore, storedHistory, storeTest, withStore } from './harness.ts';

/** Giving everything away, so that another store can take it. */
export function describeExport(start: StartStore): void {
  const it = storeTest(start);

  describe('every report', () => {
    test(
      'recorded again where there was nothing makes the same history, whatever the order of arrival was',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(anArrival, { maxLength: 40, size: 'max' }), async (arrivals) => {
            await withStore(start, (store) =>
              withStore(start, async (other) => {
                for (const report of arrivals) await store.record([report]);
                await other.record(await all(store));
                expect(await storedHistory(other)).toEqual(await storedHistory(store));
                expect(await all(other)).toEqual(await all(store));
              }),
            );
          }),
          { numRuns: 100 },
        );
      },
      LONG_MS,
    );

    it('comes by target and in order, however many pages that takes', async (store) => {
      const minutes = Array.from({ length: 2500 }, (_, i) => i);
      const late = [...minutes].sort((a, b) => (a % 7) - (b % 7));
      const reports = late.map((minute) => aReport({ checkedAt: NOON + minute * MINUTE }));
      await store.record([...reports, aReport({ server: 'other' })]);
      const instants = (await all(store)).map(({ target, checkedAt }) => [target.server, checkedAt]);
      expect(instants).toEqual([
        ...minutes.map((minute) => ['rsyslog-lab', NOON + minute * MINUTE]),
        ['other', NOON],
      ]);
    });

    it('is as it was when the first one was asked for, and holds up nobody who writes', async (store) => {
      await store.record([aReport(), aReport({ server: 'other' })]);
      const seen: Report[] = [];
      for await (const report of store.everyReport({})) {
        if (seen.length === 0) await store.record([aReport({ server: 'third' })]);
        await store.forget({ repo: 'rsyslog', server: 'other' });
        seen.push(report);
      }
      expect(seen.map(({ target }) => target.server)).toEqual(['rsyslog-lab', 'other']);
    });

    it('can be asked for of some targets only, and be given up early', async (store) => {
      await store.record([aReport(), aReport({ server: 'other' }), aReport({ repo: 'nginx' })]);
      const some = await all(store, { repos: ['rsyslog'], servers: ['other', 'none'] });
      expect(some.map(({ target }) => target)).toEqual([{ repo: 'rsyslog', server: 'other' }]);
      for await (const _ of store.everyReport({})) break;
      await expect(store.record([aReport({ server: 'third' })])).resolves.toHaveLength(1);
    });
  });
}

async function all(store: Store, filter = {}): Promise<Report[]> {
  const reports: Report[] = [];
  for await (const report of store.everyReport(filter)) reports.push(report);
  return reports;
}
