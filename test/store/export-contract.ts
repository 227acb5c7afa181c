import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/domain/report.ts';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { anArrival } from './arrivals.ts';
import { exported, imported, type StartStore, storedHistory, storeTest, withStore } from './harness.ts';

const OTHER = { repo: 'rsyslog', server: 'other' };

/** Exporting everything, so that another store can import it. */
export function describeExport(start: StartStore): void {
  const it = storeTest(start);

  describe('every report', () => {
    test('recorded again in an empty store makes the same history, for any order of arrival', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anArrival, { maxLength: 40, size: 'max' }), async (arrivals) => {
          await withStore(start, (store) =>
            withStore(start, async (other) => {
              for (const report of arrivals) await recordAll(store, [report]);
              await recordAll(other, imported(await exported(store)), { origin: 'import' });
              expect(await storedHistory(other)).toEqual(await storedHistory(store));
              expect(await exported(other)).toEqual(await exported(store));
            }),
          );
        }),
        propertyRuns(100, start),
      );
    });

    it('comes by target and in order, over any number of pages', async (store) => {
      const minutes = Array.from({ length: 2500 }, (_, i) => i);
      const late = [...minutes].sort((a, b) => (a % 7) - (b % 7));
      const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
      const reports = late.map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...drift }));
      await recordAll(store, [...reports, aReport({ server: 'other' })]);
      const instants = (await exported(store)).map(({ target, checkedAt }) => [target.server, checkedAt]);
      expect(instants).toEqual([
        ...minutes.map((minute) => ['rsyslog-lab', NOON + minute * MINUTE]),
        ['other', NOON],
      ]);
    });

    it('is as it was at the first request, and blocks no writer', async (store) => {
      await recordAll(store, [aReport(), aReport({ server: 'other' })]);
      const seen: Report[] = [];
      for await (const report of store.everyReport({})) {
        if (seen.length === 0) await recordAll(store, [aReport({ server: 'third' })]);
        await store.deleteTarget(OTHER, { purge: true });
        seen.push(report);
      }
      expect(seen.map(({ target }) => target.server)).toEqual(['rsyslog-lab', 'other']);
    });

    it('can be read several times at once: no reader affects another', async (store) => {
      const minutes = Array.from({ length: 1500 }, (_, i) => i);
      await recordAll(
        store,
        minutes.map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE })),
      );
      const [first, second] = [0, 1].map(() => store.everyReport({})[Symbol.asyncIterator]());
      const seen: unknown[][] = [];
      for (let next = await first?.next(); next?.done === false; next = await first?.next()) {
        seen.push([next.value.checkedAt, (await second?.next())?.value.checkedAt]);
      }
      expect(seen).toEqual(minutes.map((minute) => Array(2).fill(NOON + minute * MINUTE)));
      expect((await second?.next())?.done).toBe(true);
    });

    it('can be read for some targets only, and be given up early', async (store) => {
      await recordAll(store, [aReport(), aReport({ server: 'other' }), aReport({ repo: 'nginx' })]);
      const some = await exported(store, { repos: ['rsyslog'], servers: ['other', 'none'] });
      expect(some.map(({ target }) => target)).toEqual([OTHER]);
      for await (const _ of store.everyReport({})) break;
      await expect(recordAll(store, [aReport({ server: 'third' })])).resolves.toHaveLength(1);
    });

    it('is included for a deleted target, and gone for a purged one', async (store) => {
      await recordAll(store, [aReport(), aReport({ server: 'other' })]);
      await store.deleteTarget(OTHER, { purge: false });
      expect((await exported(store)).map(({ target }) => target.server)).toEqual(['rsyslog-lab', 'other']);
      await store.deleteTarget(OTHER, { purge: true });
      expect((await exported(store)).map(({ target }) => target.server)).toEqual(['rsyslog-lab']);
    });
  });
}
