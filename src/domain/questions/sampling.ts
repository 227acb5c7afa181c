import type { Range } from '../instant.ts';
import { compareDrift } from '../urgency.ts';
import type { Segment } from './timeline.ts';

/** Equal slices of time that several targets share. */
export interface Buckets {
  /** The start of each bucket, ascending. The first one starts where the range does. */
  readonly starts: readonly number[];
  /** The index of the bucket that an instant of the range falls into. */
  readonly indexOf: (at: number) => number;
}

/**
 * Cuts a range into buckets of `intervalMs`, or wider ones if there would be more than `maxPoints`. They begin at
 * multiples of their width, so that a dashboard shows the same buckets after a refresh.
 */
export function bucketsOf(
  { from, to }: Range,
  { intervalMs, maxPoints }: { intervalMs: number; maxPoints: number },
): Buckets {
  const spanMs = to - from;
  // An aligned range overlaps one bucket more than its length needs. A single bucket cannot be aligned.
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
 * One value per bucket: the worst segment that overlaps it, so that even a short drift is shown; undefined before the
 * first segment. `segments` belong to one target and lie inside the range.
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
  return { state, driftCount: period?.finding.driftCount };
}
