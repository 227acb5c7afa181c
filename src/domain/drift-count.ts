import type { Finding } from './finding.ts';
import type { Segment } from './questions/timeline.ts';
import type { State } from './state.ts';

/**
 * How many files differed when this was last known. A report that has expired or is UNKNOWN says nothing about files
 * that it did not find. A target that never reported has no finding.
 */
export function lastDriftCount(
  finding: Pick<Finding, 'driftCount'> | undefined,
  state: State,
): number | undefined {
  return finding?.driftCount === 0 && state !== 'SYNCED' ? undefined : finding?.driftCount;
}

/** How many files differed during a segment; undefined if that was not known. */
export function driftCountDuring({ state, period }: Segment): number | undefined {
  return state === 'SYNCED' || state === 'OUT_OF_SYNC' ? period.finding.driftCount : undefined;
}
