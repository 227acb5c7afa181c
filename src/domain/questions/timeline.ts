import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import type { State } from '../state.ts';

/** A span in which a target's state, finding and commit did not change. */
export interface Segment extends Range {
  readonly state: State;
  /** The period it belongs to; for STALE, the one that ran out. */
  readonly period: Period;
}

/**
 * The segments of one target over a range, ascending, without holes from its first report on. `periods` are
 * those that overlap the range, in order; `range.to` is not after now, for nobody knows the future.
 */
export function segmentsOf(periods: readonly Period[], range: Range): Segment[] {
  return periods
    .flatMap((period, i) => spansOf(period, periods[i + 1]?.startedAt ?? Number.POSITIVE_INFINITY))
    .map((segment) => clip(segment, range))
    .filter((segment) => segment.from < segment.to);
}

function spansOf(period: Period, nextStartedAt: number): Segment[] {
  const until = Math.min(period.staleAt, nextStartedAt);
  return [
    { state: period.finding.syncStatus, from: period.startedAt, to: until, period },
    { state: 'STALE', from: until, to: nextStartedAt, period },
  ];
}

function clip(segment: Segment, { from, to }: Range): Segment {
  return { ...segment, from: Math.max(segment.from, from), to: Math.min(segment.to, to) };
}
