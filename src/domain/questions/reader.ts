import type { SyncStatus } from '../finding.ts';
import type { StoredIncident } from '../incident.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import type { Report } from '../report.ts';
import type { Labels, Target } from '../target.ts';
import type { ExpectedStatus, TargetStatus } from '../target-status.ts';

/** Selects targets by name. An absent list means all; an empty one, none. Deleted targets are never included. */
export interface TargetFilter {
  readonly repos?: readonly string[];
  readonly servers?: readonly string[];
}

/** The status of a target with the texts of its newest report. */
export type StatusDetails = ReportedDetails | (ExpectedStatus & ReportTexts);

/** The same of a target that has reported. */
export type ReportedDetails = TargetStatus & ReportTexts;

interface ReportTexts {
  readonly labels: Labels;
  readonly check: string | undefined;
  readonly branch: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  /** How many reports were recorded until now, by sync status. The numbers never decrease while the target exists. */
  readonly reports: Readonly<Record<SyncStatus, number>>;
}

export interface TargetPeriods {
  readonly target: Target;
  /** When it was declared; undefined where it was not, or nothing from that time is stored any more. */
  readonly declaredAt: number | undefined;
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
  /** Only these sync statuses; absent means all. */
  readonly syncStatuses?: readonly SyncStatus[] | undefined;
  readonly limit: number;
  readonly after?: ReportPosition | undefined;
}

export interface ReportPage {
  readonly reports: readonly Report[];
  /** The start of the next page; undefined on the last one. */
  readonly next: ReportPosition | undefined;
}

/** The rows that questions are answered from, in any database. Each answer is of one moment. */
export interface HistoryReader {
  /**
   * The newest report of every target, or the newest one checked at or before `at`, and the targets that were declared
   * and had not reported by then; sorted by target.
   */
  statuses(filter: TargetFilter, at?: number): Promise<readonly StatusDetails[]>;

  /**
   * The periods that overlap the range, in order, sorted by target. The period before a gap at `from` is included,
   * and so is a target without periods that was declared before the end of the range.
   * With `limit` at most that many periods are read of each target, the earliest first.
   */
  periods(filter: TargetFilter, range: Range, limit?: number): Promise<readonly TargetPeriods[]>;

  /** The incidents that overlap the range, newest first; with `limit` at most that many are read. */
  incidents(filter: TargetFilter, range: Range, limit?: number): Promise<readonly TargetIncident[]>;

  /** Up to `limit` reports checked in the range, newest first; `after` is where the page before ended. */
  reports(filter: TargetFilter, query: ReportQuery): Promise<ReportPage>;
}
