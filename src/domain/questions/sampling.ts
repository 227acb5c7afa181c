import type { Range } from '../instant.ts';
import { compareDrift } from '../urgency.ts';
import type { Segment } from './timeline.ts';

/** Equal slices of time that several targets share. */
export interface Buckets {
  /** When each begins; ascending. The first begins where the range does. */
  readonly starts: readonly number[];
  /** The index of the bucket that an instant of the range falls into. */
  readonly indexOf: (at: number) => number;
}

/**
 * Cuts a range into buckets of `intervalMs`, or wider ones where more than `maxPoints` would be needed. They
 * begin at multiples of their width, so that a dashboard that refreshes sees the same buckets again.
 */
export function bucketsOf(
  { from, to }: Range,
  { intervalMs, maxPoints }: { intervalMs: number; maxPoints: number },
): Buckets {
  const spanMs = to - from;
  // An aligned range touches one bucket more than it is long; where only one may be, it cannot be aligned.
  const longestMs = Math.ceil(spanMs / Math.max(1, maxPoints - 1));
  const stepMs = Math.max(1, Math.ceil(intervalMs), longestMs);
  const origin = maxPoints === 1 ? from : Math.floor(from / stepMs) * stepMs;
  const count = spanMs <= 0 ? 0 : Math.floor((to - 1 - origin) / stepMs) + 1;
  return {
    starts: Array.from({ length: count }, (_, i) => Math.max(from, origin + i * stepMs)),
    indexOf: (at) => Math.floor((at - origin) / stepMs),
  };
}

/**
 * One value per bucket: the worst segment that touches it, so that a drift is seen however short it was;
 * undefined before the first segment. `segments` are one target's, inside the range of the buckets.
 */
export function worstPerBucket(segments: readonly Segment[], buckets: Buckets): (Segment | undefined)[] {
  const worst = new Array<Segment | undefined>(buckets.starts.length).fill(undefined);
  for (const segment of segments) {
    const last = buckets.indexOf(segment.to - 1);
    for (let i = buckets.indexOf(segment.from); i <= last; i++) {
      const worstSoFar = worst[i];
      if (worstSoFar === undefined || isWorse(segment, worstSoFar)) worst[i] = segment;
    }
  }
  return worst;
}

function isWorse(a: Segment, b: Segment): boolean {
  return compareDrift(driftOf(a), driftOf(b)) < 0;
}

function driftOf({ state, period }: Segment) {
  return { state, driftCount: period.finding.driftCount };
}
