import type { LoggedEvent } from '../domain/event.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';

/** A page of the event log. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The last `seq` that was read, even if nothing matched. The next page starts there. */
  readonly next: number;
}

/** The events in the order in which they were written. Safe to be called concurrently. */
export interface EventLog {
  /**
   * The events after `seq` about targets of the filter, ascending. At most `limit` rows of the log are read, so a page
   * may be empty although there are more. The log ends if `next` is not greater than `after`.
   */
  eventsAfter(after: number, options: { limit: number; filter?: TargetFilter }): Promise<EventPage>;

  /**
   * `from` is the `seq` of the oldest stored event, or of the next event if there is none. `last` is that of the last
   * event written.
   */
  eventBounds(): Promise<{ readonly from: number; readonly last: number }>;
}
