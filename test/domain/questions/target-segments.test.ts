import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import type { Period } from '../../../src/domain/period.ts';
import type { HistoryReader } from '../../../src/domain/questions/reader.ts';
import { targetSegments } from '../../../src/domain/questions/timeline.ts';
import { observations, ranges } from '../arbitraries.ts';

/** A reader over the periods of a few targets, which counts what it gives. */
function readerOver(histories: readonly (readonly Period[])[]) {
  const counted = { periods: 0, rounds: 0 };
  const reader: Pick<HistoryReader, 'periods'> = {
    async periods(_, { from, to }, limit) {
      counted.rounds++;
      return histories.flatMap((periods, i) => {
        const first = periods.findLastIndex(({ startedAt }) => startedAt <= from);
        const inRange = periods.slice(Math.max(0, first)).filter(({ startedAt }) => startedAt < to);
        const given = inRange.slice(0, limit);
        counted.periods += given.length;
        return given.length === 0
          ? []
          : [{ target: { repo: 'r', server: `s${i}` }, declaredAt: undefined, periods: given }];
      });
    },
  };
  return { reader, counted };
}

describe('the segments of several targets', () => {
  test('with a limit are the first of all, however much less is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(observations, { minLength: 1, maxLength: 4 }),
        ranges,
        fc.integer({ min: 1, max: 20 }),
        async (targets, range, limit) => {
          const { reader } = readerOver(targets.map((reports) => foldHistory(reports).periods));
          const all = await targetSegments(reader, {}, { range });
          expect(await targetSegments(reader, {}, { range, limit })).toEqual(all.slice(0, limit));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('with a limit take two periods of each target for one row, not its whole history', async () => {
    const minutes = Array.from({ length: 1000 }, (_, i) => i);
    const periods = minutes.map((minute): Period => {
      const at = minute * 60_000;
      const end = { lastCheckedAt: at, lastReceivedAt: at, staleAt: at + 120_000 };
      const finding = { id: minute, syncStatus: 'UNKNOWN' as const, driftCount: undefined, files: [] };
      const rest = { commit: undefined, runUrl: undefined, startsState: true };
      return { startedAt: at, receivedAt: at, ...end, finding, ...rest };
    });
    const { reader, counted } = readerOver([periods, periods, periods]);
    const range = { from: 0, to: 60_000_000 };
    expect(await targetSegments(reader, {}, { range, limit: 1 })).toHaveLength(1);
    expect(counted).toEqual({ periods: 6, rounds: 1 });
  });
});
