import type { Finding, SyncStatus } from '../domain/finding.ts';
import type { Incident } from '../domain/incident.ts';
import type { Range } from '../domain/instant.ts';
import type { Period } from '../domain/period.ts';
import type { Report } from '../domain/report.ts';
import type { Horizons, Pruned } from '../domain/retention.ts';
import type { Standing } from '../domain/standing.ts';
import type { Target } from '../domain/target.ts';

/** Which targets are meant. An absent list means all; an empty one, none. */
export interface TargetFilter {
  readonly repos?: readonly string[];
  readonly servers?: readonly string[];
}

/** What recording one report came to. `since`, `staleAt` and `incident` describe the target as it now stands. */
export interface Recorded {
  readonly recorded: 'new' | 'duplicate';
  /**
   * How its finding compares with the report before it; `late` where a newer one was already there. A retry
   * is told what the first try was told, as long as nothing newer came between.
   */
  readonly change: 'first' | 'unchanged' | 'changed' | 'late';
  readonly since: number;
  readonly staleAt: number;
  readonly incident: OpenIncident | undefined;
}

export interface OpenIncident {
  readonly id: number;
  readonly openedAt: number;
  readonly cause: Incident['cause'];
}

/** The last report about a target, and what the history before it adds. */
export interface TargetStatus {
  readonly target: Target;
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly staleAt: number;
  readonly finding: Finding;
  /** When the unbroken run of this sync status began. */
  readonly since: number;
  readonly lastSyncedAt: number | undefined;
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  readonly incident: OpenIncident | undefined;
}

export interface TargetPeriods {
  readonly target: Target;
  readonly periods: readonly Period[];
}

export interface StoredIncident extends Incident {
  readonly id: number;
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

/**
 * What is kept, and what can be asked of it. Every verb is whole: it either took place or threw, and nothing
 * of a transaction leaks out. Safe to be called concurrently.
 */
export interface Store {
  /**
   * Records the reports in order, all or none. When the promise resolves they are on disk, and periods and
   * incidents equal the fold over everything recorded so far (`foldHistory`), whatever the order of arrival.
   * Duplicates (same target, instant and finding) change nothing. Of reports with the same target and instant
   * the later arrival counts as the newer; its `receivedAt` is moved on by a millisecond where it has to be.
   * Throws `unavailable` where the store cannot write, and `invalid` where a report is older than what pruning
   * left of its target.
   */
  record(reports: readonly Report[]): Promise<readonly Recorded[]>;

  /** Another text than before wherever an answer may be another: asked often, it costs next to nothing. */
  revision(): Promise<string>;

  /**
   * The latest report of every target, or the latest that was checked at or before `at`; by target. Asked again for
   * all of them as they are now, it costs what was recorded meanwhile: a target about which nothing was is the very
   * same object. Whatever was acknowledged before the question is in the answer.
   */
  statuses(filter: TargetFilter, at?: number): Promise<readonly TargetStatus[]>;

  /**
   * Where every target stands now, by target. Asked every few seconds, it costs what has changed meanwhile: a
   * target about which nothing was recorded since the last time is the very same object. `reports` never
   * decrease while the target is known and the store is open.
   */
  standings(): Promise<readonly Standing[]>;

  /** The periods that overlap the range, in order; by target. The one before a gap at `from` counts as overlapping. */
  periods(filter: TargetFilter, range: Range): Promise<readonly TargetPeriods[]>;

  /** The incidents that overlap the range, newest first. */
  incidents(filter: TargetFilter, range: Range): Promise<readonly StoredIncident[]>;

  /** Up to `limit` reports checked in the range, newest first; `after` is where the page before ended. */
  reports(filter: TargetFilter, query: ReportQuery): Promise<ReportPage>;

  /**
   * Every report as of one moment, by target, each target's in the order of (`checkedAt`, `receivedAt`): recorded
   * in this order where there was nothing, they make the same history. However many there are, few are in memory
   * at a time; what is recorded meanwhile is neither held up nor seen.
   */
  everyReport(filter: TargetFilter): AsyncIterable<Report>;

  /**
   * Takes what is older than the horizons, in batches of about `batchMs` each: whoever iterates lets others write
   * between two of them, and may end at any batch. The latest report of a target is never taken. No answer about an
   * instant from the horizons on changes, of reports from the one, of periods and incidents from the other, neither
   * now nor by reports that are recorded later; the totals of `standings` stay. A status as of an instant before the
   * kept reports is told from the periods, without what only a report knows. What nobody names any more goes too.
   * Throws `unavailable` where the store cannot write.
   */
  prune(horizons: Horizons, batchMs: number): AsyncIterable<Pruned>;

  /** Forgets a target and all its history; false where there is no such target. */
  forget(target: Target): Promise<boolean>;

  /** Resolves once a real write has reached the disk; throws `unavailable` where none can. */
  probe(): Promise<void>;

  /** Everything recorded stays; nothing may be called afterwards. */
  close(): Promise<void>;
}
