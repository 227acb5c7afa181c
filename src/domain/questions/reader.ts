import type { SyncStatus } from '../finding.ts';
import type { StoredIncident } from '../incident.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import type { Report } from '../report.ts';
import type { Labels, Target } from '../target.ts';
import type { TargetStatus } from '../target-status.ts';

/** Which targets are meant. An absent list means all; an empty one, none. Deleted ones never are. */
export interface TargetFilter {
  readonly repos?: readonly string[];
  readonly servers?: readonly string[];
}

/** Where a target stands, with the words of its newest report. */
export interface StatusDetails extends TargetStatus {
  readonly labels: Labels;
  readonly check: string | undefined;
  readonly branch: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  /** How many reports were ever recorded, by what they said, as of now. They never decrease while it is known. */
  readonly reports: Readonly<Record<SyncStatus, number>>;
}

export interface TargetPeriods {
  readonly target: Target;
  readonly periods: readonly Period[];
}

export interface TargetIncident extends StoredIncident {
  readonly target: Target;
}

/** Where a page of reports ended, in the order (`checkedAt`, `targetId`, `receivedAt`), newest first. */
export interface ReportPosition {
  readonly checkedAt: number;
  readonly targetId: number;
  readonly receivedAt: number;
}

export interface ReportQuery {
  readonly range: Range;
  /** Only these; absent means all. */
  readonly syncStatuses?: readonly SyncStatus[] | undefined;
  readonly limit: number;
  readonly after?: ReportPosition | undefined;
}

export interface ReportPage {
  readonly reports: readonly Report[];
  /** Where the next page goes on; undefined where there is nothing more. */
  readonly next: ReportPosition | undefined;
}

/** The rows that questions are answered from, whichever database they are in. Every answer is as of one moment. */
export interface HistoryReader {
  /** The newest report of every target, or the newest that was checked at or before `at`; by target. */
  statuses(filter: TargetFilter, at?: number): Promise<readonly StatusDetails[]>;

  /**
   * The periods that overlap the range, in order; by target. The one before a gap at `from` counts as overlapping. With
   * `limit` no more than so many are read of each target, the earliest.
   */
  periods(filter: TargetFilter, range: Range, limit?: number): Promise<readonly TargetPeriods[]>;

  /** The incidents that overlap the range, newest first; with `limit`, no more than so many are read. */
  incidents(filter: TargetFilter, range: Range, limit?: number): Promise<readonly TargetIncident[]>;

  /** Up to `limit` reports checked in the range, newest first; `after` is where the page before ended. */
  reports(filter: TargetFilter, query: ReportQuery): Promise<ReportPage>;
}
