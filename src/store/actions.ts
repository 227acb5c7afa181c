import type { RecordedAction } from '../domain/action.ts';
import type { Range } from '../domain/instant.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';

/**
 * Who did what. Each action is written in the transaction of what it did, with an event that tells it, and is kept for
 * a year.
 */
export interface Actions {
  /**
   * The actions recorded in the range about targets of the filter, newest first, at most `limit`. One that is about no
   * single target matches no filter with names.
   */
  actions(
    filter: TargetFilter,
    range: Range,
    options: { readonly limit?: number | undefined },
  ): Promise<readonly RecordedAction[]>;
}
