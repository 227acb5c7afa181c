import type { LoggedEvent } from '../domain/event.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';

/** A page of the event log. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The last `seq` that was looked at: where to go on, also where nothing matched. */
  readonly next: number;
}

/** What happened, in the order in which it was written down. Safe to be called concurrently. */
export interface EventLog {
  /**
   * The events after `seq` that are about a target of the filter, ascending. At most `limit` rows of the log are looked
   * at, so a page may be empty although there are more: until `next` is no more than `after`.
   */
  eventsAfter(after: number, options: { limit: number; filter?: TargetFilter }): Promise<EventPage>;

  /** The first event that is kept would have `from`, where there is one; `last` was the last that was written. */
  eventBounds(): Promise<{ readonly from: number; readonly last: number }>;
}
