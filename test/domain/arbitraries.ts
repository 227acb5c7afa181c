import fc from 'fast-check';
import { findingOf } from '../../src/domain/finding.ts';
import type { FoldedReport } from '../../src/domain/history.ts';
import { MINUTE, NOON, OLD_COMMIT } from '../fixtures.ts';

const FINDINGS = [
  { id: 0, ...findingOf({ syncStatus: 'SYNCED' }) },
  { id: 1, ...findingOf({ syncStatus: 'OUT_OF_SYNC', files: [{ name: 'a' }] }) },
  { id: 2, ...findingOf({ syncStatus: 'OUT_OF_SYNC', files: [{ name: 'a' }, { name: 'b' }] }) },
  { id: 3, ...findingOf({ syncStatus: 'UNKNOWN' }) },
  { id: 4, ...findingOf({ syncStatus: 'OUT_OF_SYNC' }) },
];

/** The reports of one target: few different findings, commits and instants, so that they often coincide. */
export const observations: fc.Arbitrary<FoldedReport[]> = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 60 }),
      staleMinutes: fc.constantFrom(1, 4, 10),
      finding: fc.constantFrom(...FINDINGS),
      commit: fc.constantFrom(undefined, OLD_COMMIT, OLD_COMMIT.slice(0, 7), 'new'),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map((reports) =>
    reports.map(({ minute, staleMinutes, finding, commit }, i) => ({
      checkedAt: NOON + minute * MINUTE,
      receivedAt: NOON + 60 * MINUTE + i,
      staleAt: NOON + (minute + staleMinutes) * MINUTE,
      finding,
      commit,
      runUrl: undefined,
      afterDeploy: false,
    })),
  );

/** A range around those reports, which may cut through them. */
export const ranges = fc
  .tuple(fc.integer({ min: -10, max: 80 }), fc.integer({ min: 0, max: 80 }))
  .map(([start, length]) => ({ from: NOON + start * MINUTE, to: NOON + (start + length) * MINUTE }));
