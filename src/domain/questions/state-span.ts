import type { Range } from '../instant.ts';
import { bucketsOf, worstPerBucket } from './sampling.ts';
import type { Segment } from './timeline.ts';

/** A span of time over which one value, such as the state, is shown. */
export interface StateSpan<T> extends Range {
  readonly value: T;
}

/** The value that is shown for a segment; undefined for none. */
type Shown<T> = (segment: Segment) => T | undefined;

/** The values of the segments of one target; neighbours of equal value become one span. */
export function exactSpans<T>(segments: readonly Segment[], pick: Shown<T>): StateSpan<T>[] {
  return merge(segments.map((segment) => ({ value: pick(segment), from: segment.from, to: segment.to })));
}

/**
 * The same with at most `slots` spans. Each slot shows the worst segment in it, so that even a short drift is shown.
 * `segments` belong to one target and lie inside the range.
 */
export function worstSpans<T>(
  segments: readonly Segment[],
  { range, slots }: { range: Range; slots: number },
  pick: Shown<T>,
): StateSpan<T>[] {
  const buckets = bucketsOf(range, { intervalMs: 1, maxPoints: slots });
  return merge(
    worstPerBucket(segments, buckets).map((worst, i) => ({
      value: worst && pick(worst),
      from: buckets.starts[i] ?? range.from,
      to: buckets.starts[i + 1] ?? range.to,
    })),
  );
}

function merge<T>(pieces: readonly StateSpan<T | undefined>[]): StateSpan<T>[] {
  const spans: StateSpan<T>[] = [];
  for (const { value, from, to } of pieces) {
    if (value === undefined) continue;
    const last = spans.at(-1);
    if (last?.value === value && last.to === from) spans[spans.length - 1] = { ...last, to };
    else spans.push({ value, from, to });
  }
  return spans;
}
