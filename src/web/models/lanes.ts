import { sameCommit } from '../../domain/commit.ts';
import { driftCountDuring } from '../../domain/drift-count.ts';
import type { Range } from '../../domain/instant.ts';
import { exactSpans, type StateSpan, worstSpans } from '../../domain/questions/state-span.ts';
import type { Segment } from '../../domain/questions/timeline.ts';
import type { State } from '../../domain/state.ts';
import { formatSpan, plural, STATE_WORDS, shortCommit } from '../views/words.ts';

/** A piece of a lane. Its place is in percent of the axis. */
export interface Piece<T> extends StateSpan<T> {
  readonly x: number;
  readonly width: number;
}

/** Where a target was first checked at a commit. */
export interface CommitMark {
  readonly commit: string;
  readonly at: number;
  readonly x: number;
  /** How much of the axis is free up to the next mark, or to its end. */
  readonly room: number;
  /** Whether it is the first known commit in the range: then it may be older. */
  readonly isFirst: boolean;
}

/** The history of a target over a range, all on one axis. */
export interface Lanes {
  readonly range: Range;
  /** How long each state lasted, exactly. */
  readonly ms: Readonly<Record<State, number>>;
  readonly states: readonly Piece<State>[];
  /** How many files differed; null if unknown. */
  readonly files: readonly Piece<number | null>[];
  readonly commits: readonly CommitMark[];
  /** The content of all lanes in words. */
  readonly readings: readonly StateSpan<string>[];
  /** Whether these are the exact spans, or wider ones that each show the worst state. */
  readonly isExact: boolean;
}

/** About the number of pixels that a usual screen shows. */
const SLOTS = 720;

/** `segments` belong to one target and are clipped to the range. With more pieces than `slots` a lane is not exact. */
export function lanesOf(segments: readonly Segment[], range: Range, slots = SLOTS): Lanes {
  const ms = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 };
  for (const { state, from, to } of segments) ms[state] += to - from;
  const readings = exactSpans(segments, readingOf);
  const isExact = readings.length <= slots;
  const drawn = <T>(pick: (segment: Segment) => T | undefined) =>
    isExact ? exactSpans(segments, pick) : worstSpans(segments, { range, slots }, pick);
  return {
    range,
    ms,
    states: drawn(({ state }) => state).map((span) => onAxis(span, range)),
    files: drawn(driftOf).map((span) => onAxis(span, range)),
    commits: commitMarks(segments, range),
    readings: isExact ? readings : drawn(readingOf),
    isExact,
  };
}

/** Pieces that touch in time touch on the axis, because each edge is rounded once. */
function onAxis<T>(span: StateSpan<T>, range: Range): Piece<T> {
  const [x, end] = [shareOf(span.from, range), shareOf(span.to, range)];
  return { ...span, x, width: rounded(end - x) };
}

/** Where an instant is on the axis, from 0 to 100. */
export function shareOf(at: number, { from, to }: Range): number {
  return to <= from ? 0 : rounded(Math.min(1, Math.max(0, (at - from) / (to - from))) * 100);
}

function rounded(percent: number): number {
  return Number(percent.toFixed(2));
}

/** Null if the number of files is unknown; undefined if not even the state is known. */
function driftOf(segment: Segment): number | null | undefined {
  return driftCountDuring(segment) ?? (segment.state === 'OUT_OF_SYNC' ? null : undefined);
}

function readingOf(segment: Segment): string {
  const { state, period } = segment;
  const count = driftCountDuring(segment);
  const files = count === undefined ? 'files not known' : plural(count, 'file');
  const commit = state === 'STALE' ? undefined : period?.commit;
  return [STATE_WORDS[state].toLowerCase(), files, commit && shortCommit(commit)].filter(Boolean).join(', ');
}

function commitMarks(segments: readonly Segment[], range: Range): CommitMark[] {
  const marks: Omit<CommitMark, 'room'>[] = [];
  let before: string | undefined;
  for (const { state, from, period } of segments) {
    const commit = state === 'STALE' ? undefined : period.commit;
    if (commit === undefined) continue;
    if (before === undefined || !sameCommit(before, commit))
      marks.push({ commit, at: from, x: shareOf(from, range), isFirst: before === undefined });
    before = commit;
  }
  return marks.map((mark, i) => ({ ...mark, room: rounded((marks[i + 1]?.x ?? 100) - mark.x) }));
}

/** The content of the lanes at an instant; undefined if nothing is known. */
export function readingAt({ readings }: Pick<Lanes, 'readings'>, at: number): string | undefined {
  return (
    readings.find(({ from, to }) => from <= at && at < to)?.value ??
    readings.find(({ to }) => to === at)?.value
  );
}

const WORST_FIRST = ['OUT_OF_SYNC', 'UNKNOWN', 'STALE', 'SYNCED'] as const satisfies readonly State[];

/** How long each state lasted: `Out of sync 3 h 2 min, in sync 20 h`. */
export function lastedWords(ms: Lanes['ms']): string {
  const lasted = WORST_FIRST.filter((state) => ms[state] > 0);
  const words = lasted
    .map((state) => `${STATE_WORDS[state].toLowerCase()} ${formatSpan(ms[state])}`)
    .join(', ');
  return words === '' ? 'No report yet' : `${words[0]?.toUpperCase()}${words.slice(1)}`;
}
