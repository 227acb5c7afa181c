import type { SyncStatus } from '../finding.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import { compareTargets, type Target } from '../target.ts';
import type { HistoryReader, TargetFilter, TargetPeriods } from './reader.ts';

/** A span in which a target's state, finding and commit did not change. */
export type Segment = ReportedSegment | StaleSegment;

interface ReportedSegment extends Range {
  readonly state: SyncStatus;
  readonly period: Period;
}

interface StaleSegment extends Range {
  readonly state: 'STALE';
  /** The period that expired; undefined before the first report of a target that was declared. */
  readonly period: Period | undefined;
}

/** What the segments of one target are made of: when it was declared, and the periods that overlap a range, in order. */
type Tracked = Pick<TargetPeriods, 'declaredAt' | 'periods'>;

/**
 * The segments of one target over a range, ascending, without gaps from its first report on, or from its declaration
 * if that was earlier. `range.to` must not be after now.
 */
export function segmentsOf({ declaredAt, periods }: Tracked, range: Range): Segment[] {
  const firstAt = periods[0]?.startedAt ?? Number.POSITIVE_INFINITY;
  const expected: Segment[] =
    declaredAt === undefined ? [] : [{ state: 'STALE', from: declaredAt, to: firstAt, period: undefined }];
  return [
    ...expected,
    ...periods.flatMap((period, i) => spansOf(period, periods[i + 1]?.startedAt ?? Number.POSITIVE_INFINITY)),
  ]
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

/** A segment with its target. */
export interface TargetSegment {
  readonly target: Target;
  readonly segment: Segment;
}

/**
 * The segments of all selected targets over a range, ordered by their start. With `limit` only the first ones, and of
 * each target no more periods are read than are needed for them.
 */
export async function targetSegments(
  reader: Pick<HistoryReader, 'periods'>,
  filter: TargetFilter,
  { range, limit }: { range: Range; limit?: number | undefined },
): Promise<TargetSegment[]> {
  // One more than is needed: the end of a period is known from the next one.
  for (let most = limit === undefined ? undefined : limit + 1; ; most = most && 2 * most) {
    const histories = await reader.periods(filter, range, most);
    // Where a list may have been cut, nothing is known from the start of its last period on.
    const cuts = histories.map(({ periods }) =>
      periods.length === most ? periods.at(-1)?.startedAt : undefined,
    );
    const knownUntil = Math.min(...cuts.map((cut) => cut ?? Number.POSITIVE_INFINITY));
    const segments = histories
      .flatMap((history) =>
        segmentsOf(history, range).map((segment) => ({ target: history.target, segment })),
      )
      .filter(({ segment }) => segment.from < knownUntil)
      .sort((a, b) => a.segment.from - b.segment.from || compareTargets(a.target, b.target));
    if (knownUntil === Number.POSITIVE_INFINITY || segments.length >= (limit ?? 0))
      return segments.slice(0, limit);
  }
}
