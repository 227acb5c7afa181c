import fc from 'fast-check';
import type { Report } from '../../src/domain/report.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';

/** The first value half of the time, so that neighbours belong together often enough. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(fc.constant(usual), fc.constantFrom(...others));
}

/** Few values for everything, so that reports meet: same findings, same commits, same instants, touching gaps. */
export const anArrival: fc.Arbitrary<Report> = fc
  .record({
    server: mostly('lab', 'prod'),
    minute: fc.integer({ min: 0, max: 60 }),
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
