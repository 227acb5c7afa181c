import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalFinding } from '../../src/domain/finding.ts';
import { foldHistory } from '../../src/domain/history.ts';
import type { Observation } from '../../src/domain/period.ts';
import type { Report } from '../../src/domain/report.ts';
import { anArrival } from './arrivals.ts';
import { LONG_MS, type StartStore, storedHistory, withoutFindingId, withStore } from './harness.ts';

/** Whatever is recorded, in whatever order: periods and incidents are the fold over all of it. */
export function describeFold(start: StartStore): void {
  describe('the fold', () => {
    test(
      'any reports in any order, with duplicates, ties, gaps and restarts, equal the fold over all of them',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.oneof({ weight: 12, arbitrary: anArrival }, fc.constant('restart' as const)), {
              maxLength: 40,
              size: 'max',
            }),
            (steps) =>
              withStore(start, async (first, harness) => {
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
      },
      LONG_MS,
    );

    test(
      'one batch says what the same reports one by one say',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(anArrival, { maxLength: 30, size: 'max' }), async (reports) => {
            await withStore(start, async (store) => {
              const model = new Model();
              const answers = await store.record(reports);
              expect(answers.map((answer) => answer.recorded)).toEqual(reports.map((r) => model.record(r)));
              expect(await storedHistory(store)).toEqual(model.history());
            });
          }),
          { numRuns: 100 },
        );
      },
      LONG_MS,
    );
  });
}

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
