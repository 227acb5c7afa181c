import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalFinding } from '../../src/domain/finding.ts';
import { foldHistory } from '../../src/domain/history.ts';
import type { Observation } from '../../src/domain/period.ts';
import type { Report } from '../../src/domain/report.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';

/** A store under test that can be stopped and started again on the same data. */
export interface Harness {
  readonly store: Store;
  restart(): Promise<Store>;
  dispose(): Promise<void>;
}

const ALL_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** What every adapter promises. */
export function describeStore(name: string, start: () => Promise<Harness>): void {
  async function withStore(work: (store: Store, harness: Harness) => Promise<void>): Promise<void> {
    const harness = await start();
    try {
      await work(harness.store, harness);
    } finally {
      await harness.dispose();
    }
  }
  describe(`${name}: the fold`, () => {
    test('any reports in any order, with duplicates, ties, gaps and restarts, equal the fold over all of them', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof({ weight: 12, arbitrary: anArrival }, fc.constant('restart' as const)), {
            maxLength: 60,
          }),
          (steps) =>
            withStore(async (first, harness) => {
              let store = first;
              const model = new Model();
              for (const step of steps) {
                if (step === 'restart') store = await harness.restart();
                else expect((await store.record([step]))[0]?.recorded).toBe(model.record(step));
              }
              expect(await storedHistory(store)).toEqual(model.history());
            }),
        ),
        { numRuns: 300 },
      );
    });

    test('one batch says what the same reports one by one say', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anArrival, { maxLength: 30 }), async (reports) => {
          await withStore(async (store) => {
            const model = new Model();
            const answers = await store.record(reports);
            expect(answers.map((answer) => answer.recorded)).toEqual(reports.map((r) => model.record(r)));
            expect(await storedHistory(store)).toEqual(model.history());
          });
        }),
        { numRuns: 100 },
      );
    });
  });
}

/** The first value half of the time, so that neighbours belong together often enough. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(fc.constant(usual), fc.constantFrom(...others));
}

/** Few values for everything, so that reports meet: same findings, same commits, same instants, touching gaps. */
const anArrival: fc.Arbitrary<Report> = fc
  .record({
    server: mostly('lab', 'prod'),
    minute: fc.integer({ min: 0, max: 24 }),
    staleMinutes: mostly(8, 1, 3),
    found: mostly(
      { syncStatus: 'SYNCED' as const },
      { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] },
      { syncStatus: 'OUT_OF_SYNC' as const, files: ['b', 'a'] },
      { syncStatus: 'OUT_OF_SYNC' as const, files: ['c'], driftCount: 3 },
      { syncStatus: 'UNKNOWN' as const },
    ),
    commit: mostly('old', 'new', undefined),
    runUrl: fc.constantFrom(undefined, 'https://ci.example/1', 'https://ci.example/2'),
    arrival: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ server, minute, staleMinutes, found, commit, runUrl, arrival }) =>
    aReport({
      server,
      ...found,
      commit,
      runUrl,
      checkedAt: NOON + minute * MINUTE,
      receivedAt: NOON + HOUR + arrival,
      staleAfterMs: staleMinutes * MINUTE,
    }),
  );

/** Keeps what a store should have kept, and folds it whole each time it is asked. */
class Model {
  readonly #ids = new Map<string, number>();
  readonly #byServer = new Map<string, Observation[]>();

  record(report: Report): 'new' | 'duplicate' {
    const content = canonicalFinding(report.finding);
    const id = this.#ids.get(content) ?? this.#ids.size;
    this.#ids.set(content, id);
    const known = this.#byServer.get(report.target.server) ?? [];
    this.#byServer.set(report.target.server, known);
    const tied = known.filter((other) => other.checkedAt === report.checkedAt);
    if (tied.some((other) => other.finding.id === id)) return 'duplicate';
    known.push({
      ...report,
      receivedAt: Math.max(report.receivedAt, ...tied.map((other) => other.receivedAt + 1)),
      staleAt: report.checkedAt + report.staleAfterMs,
      finding: { ...report.finding, id },
    });
    return 'new';
  }

  history() {
    return [...this.#byServer]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([server, reports]) => {
        const { periods, incidents } = foldHistory(reports);
        return { server, periods: periods.map(withoutFindingId), incidents };
      });
  }
}

/** Everything the store says happened, without the ids that it chose itself. */
async function storedHistory(store: Store) {
  const incidents = await store.incidents({}, ALL_TIME);
  return (await store.periods({}, ALL_TIME)).map(({ target, periods }) => ({
    server: target.server,
    periods: periods.map(withoutFindingId),
    incidents: incidents
      .filter((incident) => incident.target.server === target.server)
      .map(({ id: _, target: __, ...incident }) => incident)
      .sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt),
  }));
}

function withoutFindingId<P extends { finding: { id: number } }>(period: P) {
  const { id: _, ...finding } = period.finding;
  return { ...period, finding };
}
