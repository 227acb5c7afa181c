import { compareSeverity, STATES, type State } from '../state.ts';
import type { Buckets } from './sampling.ts';
import type { Segment } from './timeline.ts';

/** How many targets were in each state; each counts by its worst one. */
export type StateCounts = Readonly<Record<State, number>>;

/** From the least to the worst; the place of a state in here is its rank. */
const RANKS: readonly State[] = [...STATES].sort((a, b) => compareSeverity(b, a));
const RANK_OF = new Map(RANKS.map((state, rank) => [state, rank]));
const NOT_TRACKED = -1;

/** The counts of each bucket. A target counts from its first segment on; segments lie inside the range. */
export function stateCountsPerBucket(
  targets: readonly (readonly Pick<Segment, 'state' | 'from' | 'to'>[])[],
  buckets: Buckets,
): StateCounts[] {
  const counts = buckets.starts.map(() => ({ SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 }));
  const worst = new Int8Array(counts.length);
  for (const segments of targets) {
    worst.fill(NOT_TRACKED);
    for (const { state, from, to } of segments) {
      const rank = RANK_OF.get(state) ?? NOT_TRACKED;
      const last = buckets.indexOf(to - 1);
      for (let i = buckets.indexOf(from); i <= last; i++) worst[i] = Math.max(worst[i] ?? NOT_TRACKED, rank);
    }
    counts.forEach((count, i) => {
      const state = RANKS[worst[i] ?? NOT_TRACKED];
      if (state !== undefined) count[state]++;
    });
  }
  return counts;
}
