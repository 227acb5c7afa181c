import type { Range } from '../instant.ts';
import { MAX_AHEAD_MS } from '../report.ts';

const DEFAULT_SPAN_MS = 24 * 3_600_000;

/** A requested span of time. */
export interface RangeAsked {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The range for answers that depend on the clock: it never ends after now. */
export function rangeOf(asked: RangeAsked, now: number): Range {
  const to = Math.min(asked.to ?? now, now);
  return { from: Math.min(asked.from ?? to - DEFAULT_SPAN_MS, to), to };
}

/** The range for recorded facts. It includes the latest records even if the clock was turned back since. */
export function factRangeOf(asked: RangeAsked, now: number): Range {
  const latest = now + MAX_AHEAD_MS + 1;
  const to = Math.min(asked.to ?? latest, latest);
  return { from: asked.from ?? Math.min(to, now) - DEFAULT_SPAN_MS, to };
}
