import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalFinding } from '../../src/domain/finding.ts';
import { foldHistory } from '../../src/domain/history.ts';
import type { Report } from '../../src/domain/report.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { arrivals } from './arrivals.ts';
import { ALL_TIME, type StartStore, storeTest, withStore } from './harness.ts';

/** Reports that were recorded while the server's own clock was ahead can be removed. */
export function describeRepair(start: StartStore): void {
  const it = storeTest(start);

  describe('removing reports from the future', () => {
    test('leaves the fold over the remaining reports, whatever was recorded before and meanwhile', async () => {
      await fc.assert(
        fc.asyncProperty(arrivals, fc.integer({ min: -5, max: 45 }), (all, minute) =>
          withStore(start, async (store, { setNow }) => {
            for (const { reports, minute: arrivedAt } of all) {
              setNow(NOON + arrivedAt * MINUTE);
              await store.record([aSubmission(reports)]);
            }
            const now = NOON + minute * MINUTE;
            const recorded = await exported(store);
            setNow(now);
            const { reports } = await store.removeFuture();
            const left = recorded.filter(({ checkedAt }) => checkedAt <= now + 5 * MINUTE);
            expect(reports).toBe(recorded.length - left.length);
            expect(await exported(store)).toEqual(left);
            await expectFold(store, left);
            expect(await store.removeFuture()).toEqual({ reports: 0, targets: 0 });
          }),
        ),
        propertyRuns(150, start),
      );
    });

    it('has events for the net change, and later reports go on from there', async (store, { setNow }) => {
      setNow(NOON);
      await recordAll(store, [aReport({ syncStatus: 'OUT_OF_SYNC', files: ['a'], commit: 'one' })]);
      setNow(NOON + DAY);
      await recordAll(store, [aReport({ lastCheckAt: NOON + DAY, commit: 'two' })]);
      setNow(NOON + MINUTE);
      const before = await store.eventBounds();
      expect(await store.removeFuture()).toEqual({ reports: 1, targets: 1 });
      const { events } = await store.eventsAfter(before.last, { limit: 10 });
      expect(events.map(({ kind, origin, state }) => [kind, origin, state])).toEqual([
        ['state_changed', 'action', 'OUT_OF_SYNC'],
        ['incident_changed', 'action', 'OUT_OF_SYNC'],
      ]);
      const [status] = await store.statuses({});
      expect(status).toMatchObject({ checkedAt: NOON, incident: { openedAt: NOON }, reports: { SYNCED: 0 } });
      setNow(NOON + 2 * MINUTE);
      const [answer] = await recordAll(store, [aReport({ lastCheckAt: NOON + 2 * MINUTE, commit: 'one' })]);
      expect(answer).toMatchObject({ change: 'changed', incident: undefined });
    });

    it('removes the target if nothing is left of it', async (store, { setNow }) => {
      setNow(NOON + DAY);
      await recordAll(store, [aReport({ lastCheckAt: NOON + DAY })]);
      setNow(NOON + HOUR);
      await store.removeFuture();
      expect(await store.statuses({})).toEqual([]);
      expect((await store.eventsAfter(0, { limit: 10 })).events.at(-1)?.kind).toBe('target_deleted');
      const [answer] = await recordAll(store, [aReport({ lastCheckAt: NOON + HOUR })]);
      expect(answer?.change).toBe('first');
    });
  });
}

async function exported(store: Store): Promise<Report[]> {
  const reports: Report[] = [];
  for await (const report of store.everyReport({})) reports.push(report);
  return reports;
}

async function expectFold(store: Store, reports: readonly Report[]): Promise<void> {
  const periods = await store.periods({}, ALL_TIME);
  const incidents = await store.incidents({}, ALL_TIME);
  for (const server of ['lab', 'prod']) {
    const own = reports.filter(({ target }) => target.server === server);
    const ids = [...new Set(own.map(({ finding }) => canonicalFinding(finding)))];
    const folded = foldHistory(
      own.map((report) => ({
        ...report,
        staleAt: report.checkedAt + report.staleAfterMs,
        finding: { ...report.finding, id: ids.indexOf(canonicalFinding(report.finding)) },
      })),
    );
    const stored = periods.find(({ target }) => target.server === server)?.periods ?? [];
    expect(stored.map(withoutFindingId)).toEqual(folded.periods.map(withoutFindingId));
    const storedIncidents = incidents
      .filter(({ target }) => target.server === server)
      .map(({ id: _, target: __, ...incident }) => incident)
      .sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt);
    expect(storedIncidents).toEqual(folded.incidents);
  }
}

function withoutFindingId<P extends { finding: { id: number } }>(period: P) {
  const { id: _, ...finding } = period.finding;
  return { ...period, finding };
}
