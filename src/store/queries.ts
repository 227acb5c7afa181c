import type { HistoryReader, TargetFilter } from '../domain/questions/reader.ts';
import type { Report } from '../domain/report.ts';
import type { Target } from '../domain/target.ts';
import type { Actions } from './actions.ts';
import type { MuteQueries } from './mutes.ts';

/** A name that a target had before. */
export interface FormerNameOf {
  readonly formerly: Target;
  readonly target: Target;
  readonly renamedAt: number;
}

/**
 * The read side of the store. Each answer is a consistent snapshot and includes everything that was acknowledged before
 * the call.
 */
export interface Queries extends HistoryReader, Actions, MuteQueries {
  /** A text that changes with every commit of any process. It is cheap to read. */
  version(): string;

  /**
   * A version that reflects every commit that any process acknowledged before the call. What was read after it may be
   * given again as long as the version is the same.
   */
  latestVersion(): Promise<string>;

  /** Like `version`, but commits of this process through the same store do not change it. */
  othersVersion(): string;

  /** Former names of targets that fit the filter, with the present names: the first 100. */
  formerNames(filter: TargetFilter): Promise<readonly FormerNameOf[]>;

  /**
   * Every report in one snapshot, by target, in the order of (`checkedAt`, `receivedAt`). Only a few reports are in
   * memory at a time, and writers are not blocked. Several iterations may run at the same time.
   */
  everyReport(filter: TargetFilter): AsyncIterable<Report>;
}
