// How wide the partitions of `chunk` are. A transaction locks all of them, so there must be few: a week each is too many
// for a history of many years. Retention drops a partition when all of it is too old, so none may be too wide.

/** `fromAt <= at < toAt`. */
export interface Span {
  readonly fromAt: number;
  readonly toAt: number;
}

export const WEEK_MS = 7 * 86_400_000;
/** The narrowest partition of what is this old may be as wide as this part of its age: four for each doubling of it. */
const PART_OF_AGE = 1 / 4;
/** The newest ones may be as wide as this part of the retention. */
const PART_OF_RETENTION = 1 / 16;

interface Around {
  readonly taken: readonly Span[];
  readonly now: number;
  /** How long reports are kept. Without it the newest partitions have a week each. */
  readonly retentionMs?: number | undefined;
}

/** The spans of new partitions, so that each instant is in one: none overlaps another, or one that is taken. */
export function missingSpans(
  instants: readonly number[],
  { taken, now, retentionMs = 0 }: Around,
): readonly Span[] {
  const all = [...taken];
  for (const at of instants.toSorted((a, b) => a - b)) {
    if (all.some(({ fromAt, toAt }) => fromAt <= at && at < toAt)) continue;
    const widest = Math.max((now - at) * PART_OF_AGE, retentionMs * PART_OF_RETENTION);
    all.push(widestSpan(at, widest, all));
  }
  return all.slice(taken.length);
}

/** Widths are doublings of a week, and spans begin at multiples of their width: two of them nest or are apart. */
function widestSpan(at: number, widest: number, taken: readonly Span[]): Span {
  let span = spanAt(at, WEEK_MS);
  for (let width = 2 * WEEK_MS; width <= widest; width *= 2) {
    const wider = spanAt(at, width);
    if (taken.some(({ fromAt, toAt }) => fromAt < wider.toAt && wider.fromAt < toAt)) break;
    span = wider;
  }
  return span;
}

function spanAt(at: number, width: number): Span {
  const fromAt = Math.floor(at / width) * width;
  return { fromAt, toAt: fromAt + width };
}
