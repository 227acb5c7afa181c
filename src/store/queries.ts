import type { HistoryReader, TargetFilter } from '../domain/questions/reader.ts';
import type { Report } from '../domain/report.ts';
import type { Actions } from './actions.ts';

/**
 * The read side of the store. Each answer is of one moment and includes everything that was acknowledged before the
 * call.
 */
export interface Queries extends HistoryReader, Actions {
  /** A text that changes with every commit of any process. It is cheap to read. */
  version(): string;

  /**
   * Every report at one moment, by target, in the order of (`checkedAt`, `receivedAt`). Only a few reports are in
   * memory at a time, and writers are not blocked. Several iterations may run at the same time.
   */
  everyReport(filter: TargetFilter): AsyncIterable<Report>;
}
