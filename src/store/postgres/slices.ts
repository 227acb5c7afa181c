import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import type { Session } from './session.ts';
import type { Statement } from './statement.ts';
import { type FilterParams, filterParams } from './target-filter.ts';

/** Called between two slices of a long answer; it throws if the answer is no longer wanted. */
export type BetweenSlices = () => void;

/** How many targets one statement looks at, so that none runs for long. */
const SLICE = 2000;

/** The start and the length of a slice. */
export interface SliceParams extends FilterParams {
  readonly afterRepo: string;
  readonly afterServer: string;
  readonly size: number;
}

/** The end of a statement that reads `target t` in slices, in the order of the name: by `target_name`. */
export const IN_SLICES = `
  AND (t.repo, t.server) > (:afterRepo COLLATE "C", :afterServer COLLATE "C")
  ORDER BY t.repo, t.server LIMIT :size`;

interface SlicesOptions<A extends object> {
  readonly filter: TargetFilter;
  readonly betweenSlices: BetweenSlices;
  readonly most?: number | undefined;
  /** The other parameters of the statement. */
  readonly also: A;
}

/** The slices of a statement that ends with `IN_SLICES`, one after the other; with `most` not many more rows are read. */
export async function* readInSlices<A extends object, R extends Target>(
  session: Session,
  statement: Statement<SliceParams & A, R>,
  { filter, betweenSlices, most = SLICE, also }: SlicesOptions<A>,
): AsyncGenerator<readonly R[], void> {
  const params = filterParams(filter);
  const size = Math.min(SLICE, most);
  for (let last: Target = { repo: '', server: '' }; ; betweenSlices()) {
    const slice = await session.all(statement, {
      ...params,
      ...also,
      afterRepo: last.repo,
      afterServer: last.server,
      size,
    });
    yield slice;
    const end = slice.at(-1);
    if (end === undefined || slice.length < size) return;
    last = end;
  }
}
