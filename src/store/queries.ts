import type { HistoryReader, TargetFilter } from '../domain/questions/reader.ts';
import type { Report } from '../domain/report.ts';

/** What can be asked. Every answer is as of one moment, and holds whatever was acknowledged before the question. */
export interface Queries extends HistoryReader {
  /** Another text after any commit of any process: asked often, it costs next to nothing. */
  version(): string;

  /**
   * Every report as of one moment, by target, each target's in the order of (`checkedAt`, `receivedAt`). However many
   * there are, few are in memory at a time; what is recorded meanwhile is neither held up nor seen. Several may be
   * iterated at the same time.
   */
  everyReport(filter: TargetFilter): AsyncIterable<Report>;
}
