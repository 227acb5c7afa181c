/** The first items of one of several sorted lists. */
export interface ListStart<T> {
  readonly items: readonly T[];
  /** No unread item comes before this one; undefined if all were read. */
  readonly unreadFrom: number | undefined;
}

interface Order<T> {
  readonly limit: number;
  /** What items are sorted by. */
  readonly placeOf: (item: T) => number;
  /** The whole order: by place, and then by something else. */
  readonly compare: (a: T, b: T) => number;
}

/** The lists to read: enough of each for up to `most` items. */
interface Wanted<S> {
  readonly sources: readonly S[];
  readonly most: number;
}

/**
 * The first `limit` items of many sorted lists. `read` reads enough of a list for up to `most` items. That is a share
 * of the limit at first, and twice as much each time a list may have more of them. All in all it reads a few times the
 * limit, and a little of each list.
 */
export function firstOfAll<S, T>(
  sources: readonly S[],
  read: (source: S, most: number) => ListStart<T>,
  order: Order<T>,
): T[] {
  const rounds = roundsOf(sources, order);
  let round = rounds.next();
  while (!round.done) {
    const { sources: wanted, most } = round.value;
    round = rounds.next(wanted.map((source) => read(source, most)));
  }
  return round.value;
}

/** The same for lists that are read together and asynchronously. */
export async function firstOfAllRead<S, T>(
  sources: readonly S[],
  read: (sources: readonly S[], most: number) => Promise<readonly ListStart<T>[]>,
  order: Order<T>,
): Promise<T[]> {
  const rounds = roundsOf(sources, order);
  let round = rounds.next();
  while (!round.done) round = rounds.next(await read(round.value.sources, round.value.most));
  return round.value;
}

function* roundsOf<S, T>(
  sources: readonly S[],
  { limit, placeOf, compare }: Order<T>,
): Generator<Wanted<S>, T[], readonly ListStart<T>[]> {
  let most = Math.ceil(limit / Math.max(1, sources.length)) + 1;
  const starts = new Map<S, ListStart<T>>();
  let wanted = sources;
  for (;;) {
    const read = yield { sources: wanted, most };
    for (const [i, start] of read.entries()) starts.set(wanted[i] as S, start);
    const first = [...starts.values()]
      .flatMap(({ items }) => items)
      .sort(compare)
      .slice(0, limit);
    const last = first.length < limit ? undefined : first.at(-1);
    wanted = [...starts].flatMap(([source, { unreadFrom }]) =>
      unreadFrom !== undefined && (last === undefined || unreadFrom <= placeOf(last)) ? [source] : [],
    );
    if (wanted.length === 0) return first;
    most *= 2;
  }
}
