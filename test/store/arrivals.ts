import fc from 'fast-check';
import type { PostedReport } from '../../src/domain/report.ts';
import { aReport, MINUTE, NOON, OLD_COMMIT } from '../fixtures.ts';

/** The first value half of the time, so that neighbours are often equal. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(fc.constant(usual), fc.constantFrom(...others));
}

/** Few values for everything, so that reports coincide: same findings, same commits, same instants, touching gaps. */
export const anArrival: fc.Arbitrary<PostedReport & { readonly lastCheckAt: number }> = fc
  .record({
    server: mostly('lab', 'prod'),
    minute: fc.integer({ min: 0, max: 40 }),
    staleMinutes: mostly(8, 1, 3),
    found: mostly(
      { syncStatus: 'SYNCED' as const },
      { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] },
      { syncStatus: 'OUT_OF_SYNC' as const, files: ['b', 'a'] },
      { syncStatus: 'OUT_OF_SYNC' as const, files: ['c'], driftCount: 3 },
      { syncStatus: 'OUT_OF_SYNC' as const },
      { syncStatus: 'UNKNOWN' as const },
    ),
    commit: mostly(OLD_COMMIT, OLD_COMMIT.slice(0, 7), 'new', undefined),
    runUrl: fc.constantFrom(undefined, 'https://ci.example/1', 'https://ci.example/2'),
    afterDeploy: mostly(false, true),
    errorKind: mostly(undefined, 'parse'),
    labels: mostly(undefined, { env: 'lab' }, {}),
  })
  .map(({ minute, staleMinutes, found, errorKind, ...rest }) => ({
    ...aReport({
      ...found,
      ...rest,
      errorKind: found.syncStatus === 'UNKNOWN' ? errorKind : undefined,
      staleAfterMs: staleMinutes * MINUTE,
    }),
    lastCheckAt: NOON + minute * MINUTE,
  }));

/** A submission, and the minute by the server's clock at which it arrives. */
export interface Arrival {
  readonly reports: readonly PostedReport[];
  readonly minute: number;
}

/** Some reports are ahead of the server's clock, others arrive late. */
export const arrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    reports: fc.array(anArrival, { minLength: 1, maxLength: 5 }),
    minute: fc.integer({ min: 0, max: 50 }),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
);

/** How many submissions share a transaction. */
export const batching = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 12, maxLength: 12 });

export function inBatches<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const batches: T[][] = [];
  for (let start = 0, i = 0; start < items.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    batches.push(items.slice(start, start + size));
    start += size;
  }
  return batches;
}

/** When a transaction takes place, by the server's clock. */
export function arrivedAt(batch: readonly Arrival[]): number {
  return NOON + Math.max(...batch.map(({ minute }) => minute)) * MINUTE;
}
