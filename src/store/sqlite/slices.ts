import type Sqlite from 'better-sqlite3';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { type FilterParams, filterParams } from './target-filter.ts';
import { wideRows } from './wide-rows.ts';

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
  AND (t.repo, t.server) > (:afterRepo, :afterServer)
  ORDER BY t.repo, t.server LIMIT :size`;

/**
 * The rows of a statement that ends with `IN_SLICES`, one after the other. With `most` it reads not many more than
 * that.
 */
export function* readInSlices<R extends Target>(
  statement: Sqlite.Statement<[SliceParams], R>,
  filter: TargetFilter,
  { betweenSlices, most = SLICE }: { betweenSlices: BetweenSlices; most?: number | undefined },
): Generator<R, void> {
  const params = filterParams(filter);
  const slices = wideRows(statement);
  const size = Math.min(SLICE, most);
  for (let last: Target = { repo: '', server: '' }; ; betweenSlices()) {
    const slice = slices.all({ ...params, afterRepo: last.repo, afterServer: last.server, size });
    yield* slice;
    const end = slice.at(-1);
    if (end === undefined || slice.length < size) return;
    last = end;
  }
}
