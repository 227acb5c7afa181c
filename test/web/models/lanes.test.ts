import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { type Lanes, lanesOf, lastedWords, readingAt, shareOf } from '../../../src/web/models/lanes.ts';
import { observations, ranges } from '../../domain/arbitraries.ts';
import { aReport, HOUR, MINUTE, NOON } from '../../fixtures.ts';

const slots = fc.constantFrom(3, 7, 720);
const pieces = ({ states, files }: Lanes) => [states, files];

describe('the lanes of a timeline', () => {
  test('lie within 0 to 100 percent, each piece where its time is', () => {
    fc.assert(
      fc.property(observations, ranges, slots, (reports, range, most) => {
        const lanes = lanesOf(segmentsOf(foldHistory(reports), range), range, most);
        for (const { x, width, from, to } of pieces(lanes).flat()) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(width).toBeGreaterThanOrEqual(0);
          expect(x + width).toBeLessThanOrEqual(100.001);
          expect([x, x + width]).toEqual([from, to].map((at) => expect.closeTo(shareOf(at, range), 5)));
        }
        for (const { x, room } of lanes.commits) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + room).toBeLessThanOrEqual(100.001);
        }
      }),
    );
  });

  test('have no gaps: from the first report on each instant has a state, and values in all three lanes', () => {
    fc.assert(
      fc.property(observations, ranges, slots, (reports, range, most) => {
        const segments = segmentsOf(foldHistory(reports), range);
        const lanes = lanesOf(segments, range, most);
        for (const lane of [lanes.states, lanes.readings]) {
          expect(lane.slice(1).map(({ from }) => from)).toEqual(lane.slice(0, -1).map(({ to }) => to));
          expect(lane.at(-1)?.to).toBe(segments.at(-1)?.to);
          expect(lane.length).toBeLessThanOrEqual(Math.max(1, lanes.isExact ? lane.length : most));
        }
        lanes.states.forEach(({ x }, i) => {
          const before = lanes.states[i - 1];
          if (before !== undefined) expect(before.x + before.width).toBeCloseTo(x, 5);
        });
        for (const { from, to } of segments) {
          expect(readingAt(lanes, from)).toBeDefined();
          expect(readingAt(lanes, to)).toBeDefined();
        }
      }),
    );
  });

  test('add up the exact time of each state, however coarse they are drawn', () => {
    fc.assert(
      fc.property(observations, ranges, slots, (reports, range, most) => {
        const segments = segmentsOf(foldHistory(reports), range);
        const tracked = segments.reduce((sum, { from, to }) => sum + to - from, 0);
        const { ms } = lanesOf(segments, range, most);
        expect(ms.SYNCED + ms.OUT_OF_SYNC + ms.UNKNOWN + ms.STALE).toBe(tracked);
      }),
    );
  });

  const range = { from: NOON, to: NOON + HOUR };
  const lanes = lanesOf(
    segmentsOf(
      foldHistory([
        observed(0, aReport({ commit: 'a1' })),
        observed(12, aReport({ commit: 'a1', syncStatus: 'OUT_OF_SYNC', files: ['f', 'g'] })),
        observed(24, aReport({ commit: 'b2', syncStatus: 'UNKNOWN' })),
        observed(36, aReport({ commit: 'a1' })),
      ]),
      range,
    ),
    range,
  );

  test('have state, files and commit at one instant', () => {
    const readings = [0, 12, 24, 36, 57].map((minute) => readingAt(lanes, NOON + minute * MINUTE));
    expect(readings).toEqual([
      'in sync, 0 files, a1',
      'out of sync, 2 files, a1',
      'unknown, files not known, b2',
      'in sync, 0 files, a1',
      'stale, files not known',
    ]);
    expect(readingAt(lanes, NOON - 1)).toBeUndefined();
    expect(lastedWords(lanes.ms)).toBe('Out of sync 12 min, unknown 12 min, stale 4 min, in sync 32 min');
  });

  test('mark each commit where it was first checked, including one that came back', () => {
    expect(lanes.commits.map(({ commit, x, room, isFirst }) => [commit, x, room, isFirst])).toEqual([
      ['a1', 0, 40, true],
      ['b2', 40, 20, false],
      ['a1', 60, 40, false],
    ]);
  });
});

/** A report each minute, valid for twenty. */
function observed(minute: number, { finding, commit }: ReturnType<typeof aReport>) {
  const checkedAt = NOON + minute * MINUTE;
  return {
    checkedAt,
    receivedAt: checkedAt,
    staleAt: checkedAt + 20 * MINUTE,
    finding: { id: minute, ...finding },
    commit,
    runUrl: undefined,
    afterDeploy: false,
  };
}
