import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { MemoryRows } from '../domain/record/memory-rows.ts';
import { aSubmission, HOUR, NOON } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { type Arrival, arrivals, arrivedAt, batching, inBatches } from './arrivals.ts';
import { ALL_TIME, type StartStore, withStore } from './harness.ts';

/**
 * For any reports in any order and batches, the store equals the simplest rows that hold what the plan decides
 * (`MemoryRows`). The tests of the domain compare those with the fold.
 */
export function describeFold(start: StartStore): void {
  describe('the fold', () => {
    test('any reports in any order and any batches, with duplicates, ties, gaps, late ones and restarts, equal the fold', async () => {
      await fc.assert(
        fc.asyncProperty(arrivals, batching, fc.boolean(), (all, sizes, restarts) =>
          withStore(start, async (first, harness) => {
            const model = new MemoryRows();
            let store = first;
            for (const batch of inBatches(all, sizes)) {
              harness.setNow(arrivedAt(batch));
              const submissions = batch.map(({ reports }) => aSubmission(reports));
              expect(await store.record(submissions)).toEqual(model.record(submissions, arrivedAt(batch)));
              if (restarts) store = await harness.restart();
            }
            expect(await storedHistory(store)).toEqual(modelHistory(model));
            expect(await toldBy(store)).toEqual(model.events);
          }),
        ),
        propertyRuns(150, start),
      );
    });

    test('everything again, after a restart, is a duplicate and changes nothing', async () => {
      await fc.assert(
        fc.asyncProperty(arrivals, (all) =>
          withStore(start, async (store, harness) => {
            const taken = await recordEach(store, harness, all);
            const before = [await storedHistory(store), await toldBy(store)];
            const again = await harness.restart();
            harness.setNow(NOON + HOUR);
            const outcomes = await again.record(taken.map(({ reports }) => aSubmission(reports)));
            for (const outcome of outcomes) {
              const answers = outcome.kind === 'recorded' ? outcome.answers : [];
              expect(answers.every(({ recorded }) => recorded === 'duplicate')).toBe(true);
            }
            expect([await storedHistory(again), await toldBy(again)]).toEqual(before);
          }),
        ),
        propertyRuns(40, start),
      );
    });

    test('changes by time have one event each, in both directions, over restarts', async () => {
      await fc.assert(
        fc.asyncProperty(
          arrivals,
          fc.array(fc.integer({ min: -10, max: 90 }), { maxLength: 5 }),
          (all, scans) =>
            withStore(start, async (first, harness) => {
              const model = new MemoryRows();
              let store = first;
              for (const { reports, minute } of all) {
                harness.setNow(NOON + minute * 60_000);
                await store.record([aSubmission(reports)]);
                model.record([aSubmission(reports)], NOON + minute * 60_000);
              }
              for (const minute of scans) {
                harness.setNow(NOON + minute * 60_000);
                model.recordTimeChanges(NOON + minute * 60_000);
                while ((await store.recordTimeChanges(1)) > 0);
                store = await harness.restart();
              }
              expect(byTarget(await toldBy(store))).toEqual(byTarget(model.events));
            }),
        ),
        propertyRuns(40, start),
      );
    });
  });
}

async function recordEach(store: Store, harness: { setNow(now: number): void }, all: readonly Arrival[]) {
  const taken: Arrival[] = [];
  for (const arrival of all) {
    harness.setNow(arrivedAt([arrival]));
    const [outcome] = await store.record([aSubmission(arrival.reports)]);
    if (outcome?.kind === 'recorded') taken.push(arrival);
  }
  return taken;
}

async function toldBy(store: Store) {
  const { events } = await store.eventsAfter(0, { limit: 10_000 });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  return events.map(({ seq: _, ...event }) => event);
}

/** The order of different targets is not promised. */
function byTarget<E extends { repo: string | undefined; server: string | undefined }>(events: readonly E[]) {
  return ['lab', 'prod'].map((server) => events.filter((event) => event.server === server));
}

/** All history and state in the store, without the numbers of findings. */
async function storedHistory(store: Store) {
  const incidents = await store.incidents({}, ALL_TIME);
  const statuses = await store.statuses({});
  return (await store.periods({}, ALL_TIME)).map(({ target, periods }) => ({
    server: target.server,
    periods: periods.map(({ finding: { id: _, ...finding }, ...period }) => ({ ...period, finding })),
    incidents: incidents
      .filter((incident) => incident.target.server === target.server)
      .map(({ target: __, ...incident }) => incident)
      .sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt),
    status: statuses
      .filter((status) => status.target.server === target.server)
      .map(
        ({
          checkedAt,
          receivedAt,
          lastCheckAt,
          staleAt,
          since,
          lastSyncedAt,
          commit,
          incident,
          reports,
        }) => ({
          ...{ checkedAt, receivedAt, lastCheckAt, staleAt, since, lastSyncedAt, commit, incident, reports },
        }),
      ),
  }));
}

function modelHistory(model: MemoryRows) {
  return model
    .targets()
    .sort((a, b) => (a.server < b.server ? -1 : 1))
    .map((target) => {
      const { checkedAt, receivedAt, lastCheckAt, staleAt, since, lastSyncedAt, commit, incident, reports } =
        model.status(target);
      return {
        server: target.server,
        periods: model.periods(target),
        incidents: model
          .rows(target)
          .incidents.sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt),
        status: [
          { checkedAt, receivedAt, lastCheckAt, staleAt, since, lastSyncedAt, commit, incident, reports },
        ],
      };
    });
}
