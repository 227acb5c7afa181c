import type { RecordedAction } from '../domain/action.ts';
import type { Range } from '../domain/instant.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';

/**
 * The actions, which say who did what. Each is written in the transaction of what it did, with an event about it, and
 * is stored for a year.
 */
export interface Actions {
  /**
   * The actions recorded in the range about targets of the filter, newest first, at most `limit`. An action that is not
   * about a single target matches no filter with names.
   */
  actions(
    filter: TargetFilter,
    range: Range,
    options: { readonly limit?: number | undefined },
  ): Promise<readonly RecordedAction[]>;
}
