import type { Finding, FindingRef, SyncStatus } from '../finding.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import { compareTargets, type Target } from '../target.ts';
import type { ListStart } from './first-of-all.ts';

/** A span in which a target's state, finding and commit did not change. */
export type Segment<F extends FindingRef = Finding> = ReportedSegment<F> | StaleSegment<F>;

interface ReportedSegment<F extends FindingRef> extends Range {
  readonly state: SyncStatus;
  readonly period: Period<F>;
}

interface StaleSegment<F extends FindingRef> extends Range {
  readonly state: 'STALE';
  /** The period that expired; undefined before the first report of a target that was declared. */
  readonly period: Period<F> | undefined;
}

/** What states follow from: when a target was declared, and the periods that overlap a range, in order. */
interface Tracked<P> {
  readonly declaredAt?: number | undefined;
  readonly periods: readonly P[];
}

/** The fields of a period that say how long it is valid for its target. */
export interface Speaking {
  readonly startedAt: number;
  readonly staleAt: number;
  readonly finding: { readonly syncStatus: SyncStatus };
}

/** A span of one state, with the period that says so. */
type StateRun<P> = Range &
  (
    | { readonly state: SyncStatus; readonly period: P }
    | { readonly state: 'STALE'; readonly period: P | undefined }
  );

/**
 * The states of one target, ascending, without gaps from its first report on, or from its declaration if that was
 * earlier. The last one has no end.
 */
export function* statesOf<P extends Speaking>({
  declaredAt,
  periods,
}: Tracked<P>): Generator<StateRun<P>, void> {
  if (declaredAt !== undefined) {
    const firstAt = periods[0]?.startedAt ?? Number.POSITIVE_INFINITY;
    yield { state: 'STALE', from: declaredAt, to: firstAt, period: undefined };
  }
  for (const [i, period] of periods.entries()) {
    const nextStartedAt = periods[i + 1]?.startedAt ?? Number.POSITIVE_INFINITY;
    const until = Math.min(period.staleAt, nextStartedAt);
    yield { state: period.finding.syncStatus, from: period.startedAt, to: until, period };
    if (until < nextStartedAt) yield { state: 'STALE', from: until, to: nextStartedAt, period };
  }
}

/** The segments of one target over a range. `range.to` must not be after now. */
export function segmentsOf<F extends FindingRef>(tracked: Tracked<Period<F>>, range: Range): Segment<F>[] {
  const segments: Segment<F>[] = [];
  for (const run of statesOf(tracked)) {
    const clipped = clip(run, range);
    if (clipped.from < clipped.to) segments.push(clipped);
  }
  return segments;
}

function clip<F extends FindingRef>(segment: Segment<F>, { from, to }: Range): Segment<F> {
  // Nearly all segments lie inside the range, and a copy costs time.
  if (segment.from >= from && segment.to <= to) return segment;
  return { ...segment, from: Math.max(segment.from, from), to: Math.min(segment.to, to) };
}

/** A segment with its target. */
export interface TargetSegment<F extends FindingRef = Finding> {
  readonly target: Target;
  readonly segment: Segment<F>;
}

/** The order of segments of several targets: by their start. */
export function compareSegments(a: TargetSegment<FindingRef>, b: TargetSegment<FindingRef>): number {
  return a.segment.from - b.segment.from || compareTargets(a.target, b.target);
}

/**
 * The segments of a target as far as its first `most` periods in the range tell. If no more periods were read, nothing
 * is known from the start of the last one: only the next period tells its end.
 */
export function firstSegments<F extends FindingRef>(
  { target, ...tracked }: Tracked<Period<F>> & { readonly target: Target },
  { range, most }: { range: Range; most: number },
): ListStart<TargetSegment<F>> {
  const { periods } = tracked;
  const unreadFrom = periods.length < most ? undefined : periods.at(-1)?.startedAt;
  const items = segmentsOf(tracked, range)
    .filter(({ from }) => from < (unreadFrom ?? Number.POSITIVE_INFINITY))
    .map((segment) => ({ target, segment }));
  return { items, unreadFrom };
}
