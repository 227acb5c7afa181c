/** The first items of one of several sorted lists. */
export interface ListStart<T> {
  readonly items: readonly T[];
  /** No item that was not read comes before this; undefined where all were read. */
  readonly unreadFrom: number | undefined;
}

interface Order<T> {
  readonly limit: number;
  /** What items are sorted by. */
  readonly placeOf: (item: T) => number;
  /** The whole order: by place, and then by something else. */
  readonly compare: (a: T, b: T) => number;
}

/**
 * The first `limit` items of many sorted lists. `read` reads so much of a list that `most` items may come of it. At
 * first it is a share of the limit, and then twice as much where a list may have more that belongs to them: in all a
 * few times the limit, and a little of each list.
 */
export function firstOfAll<S, T>(
  sources: readonly S[],
  read: (source: S, most: number) => ListStart<T>,
  { limit, placeOf, compare }: Order<T>,
): T[] {
  let most = Math.ceil(limit / Math.max(1, sources.length)) + 1;
  let lists = sources.map((source) => ({ source, ...read(source, most) }));
  for (;;) {
    const first = lists
      .flatMap(({ items }) => items)
      .sort(compare)
      .slice(0, limit);
    const last = first.length < limit ? undefined : first.at(-1);
    const isShort = ({ unreadFrom }: ListStart<T>) =>
      unreadFrom !== undefined && (last === undefined || unreadFrom <= placeOf(last));
    if (!lists.some(isShort)) return first;
    most *= 2;
    lists = lists.map((list) => (isShort(list) ? { ...list, ...read(list.source, most) } : list));
  }
}
