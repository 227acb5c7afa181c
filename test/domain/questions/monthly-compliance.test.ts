import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHistory } from '../../../src/domain/history.ts';
import { complianceOf } from '../../../src/domain/questions/compliance.ts';
import { MonthlyCompliance } from '../../../src/domain/questions/monthly-compliance.ts';
import type { StateHistory } from '../../../src/domain/questions/reader.ts';
import { segmentsOf } from '../../../src/domain/questions/timeline.ts';
import { MINUTE, NOON } from '../../fixtures.ts';
import { observations } from '../arbitraries.ts';

const at = (minute: number) => NOON + minute * MINUTE;

/** Short months, so that generated reports cross their ends. */
const MONTHS = [
  [-30, 10],
  [10, 25],
  [25, 90],
].map(([from = 0, to = 0], i) => ({ name: `month ${i}`, from: at(from), to: at(to) }));

function aHistory(traits: Partial<StateHistory> = {}): StateHistory {
  return {
    target: { repo: 'a', server: 'b' },
    labels: {},
    declaredAt: undefined,
    deletedAt: undefined,
    periods: [],
    incidents: [],
    ...traits,
  };
}

const synced = (from: number, to: number) => ({
  startedAt: at(from),
  staleAt: at(to),
  finding: { syncStatus: 'SYNCED' as const },
});

function monthsOf(history: StateHistory, now = at(80)) {
  const monthly = new MonthlyCompliance<string>(MONTHS, now);
  monthly.add('all', history);
  return [...monthly.rows()].map(({ month, compliance }) => ({ name: month.name, ...compliance }));
}

describe('compliance by month', () => {
  test('in each month is that of the range, for any reports and deletions', () => {
    const minutes = fc.integer({ min: -20, max: 90 });
    fc.assert(
      fc.property(observations, fc.option(minutes), minutes, (reports, declared, end) => {
        const { periods } = foldHistory(reports);
        const declaredAt = declared === null ? undefined : at(declared);
        const found = monthsOf(aHistory({ declaredAt, periods, deletedAt: at(end) }));
        const expected = MONTHS.map(({ name, from, to }) => {
          const until = Math.max(from, Math.min(to, at(end), at(80)));
          return { name, ...complianceOf(segmentsOf({ declaredAt, periods }, { from, to: until }), []) };
        });
        expect(found).toEqual(expected.filter(({ trackedMs }) => trackedMs > 0));
      }),
    );
  });

  test('counts a target from its beginning inside a month until it was deleted', () => {
    const history = aHistory({ periods: [synced(5, 90)], deletedAt: at(20) });
    expect(monthsOf(history)).toMatchObject([
      { name: 'month 0', trackedMs: 5 * MINUTE },
      { name: 'month 1', trackedMs: 10 * MINUTE },
    ]);
  });

  test('counts no time after now', () => {
    expect(monthsOf(aHistory({ periods: [synced(5, 90)] }), at(12))).toMatchObject([
      { name: 'month 0', trackedMs: 5 * MINUTE },
      { name: 'month 1', trackedMs: 2 * MINUTE },
    ]);
  });

  test('counts an incident in the month of its opening, and its time to resolve in that of its end', () => {
    const incidents = [
      { openedAt: at(-40), resolvedAt: at(0) },
      { openedAt: at(5), resolvedAt: at(30) },
      { openedAt: at(40), resolvedAt: undefined },
    ];
    const found = monthsOf(aHistory({ periods: [synced(-30, 90)], incidents }));
    expect(found.map(({ incidents, medianTimeToResolveMs: ms }) => [incidents, ms])).toEqual([
      [1, 40 * MINUTE],
      [0, undefined],
      [1, 25 * MINUTE],
    ]);
  });
});
