import type { Acknowledgement } from '../acknowledgement.ts';
import type { Finding, FindingRef, FindingSummary, SyncStatus } from '../finding.ts';
import type { StoredIncident } from '../incident.ts';
import type { Range } from '../instant.ts';
import type { Mute } from '../mute.ts';
import type { Condition } from '../notify/message.ts';
import type { Period } from '../period.ts';
import type { Report } from '../report.ts';
import type { State } from '../state.ts';
import type { Labels, Target } from '../target.ts';
import type { ExpectedStatus, Freshness, TargetStatus } from '../target-status.ts';
import type { TargetSightings } from './commits.ts';
import type { KnownCommit } from './known-commits.ts';
import type { Speaking, TargetSegment } from './timeline.ts';

/**
 * Selects targets by names or patterns with `*`, and by their present labels. An absent list means all; an empty list
 * of names means none. Deleted targets are left out unless they are asked for.
 */
export interface TargetFilter {
  readonly repos?: readonly string[];
  readonly servers?: readonly string[];
  /** Each `key:value`. One of several values of a key is enough; every key is needed. */
  readonly labels?: readonly string[];
}

/** The status of a target with the texts of its newest report. */
export type StatusDetails<F extends FindingRef = Finding> = ReportedDetails<F> | ExpectedDetails;

/** The same for a target that has reported. */
export type ReportedDetails<F extends FindingRef = Finding> = TargetStatus<F> & ReportTexts;

/** The same for a target that was declared and never reported. */
export type ExpectedDetails = ExpectedStatus & ReportTexts;

interface ReportTexts {
  readonly labels: Labels;
  readonly check: string | undefined;
  readonly branch: string | undefined;
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  /** Of the open incident: the commit of the last deploy after which the target was still out of sync. */
  readonly deployedCommit: string | undefined;
  /** How long its check took. */
  readonly durationMs: number | undefined;
  /** How many reports were recorded until now, by sync status. The numbers never decrease while the target exists. */
  readonly reports: Readonly<Record<SyncStatus, number>>;
  /** Of the open incident. */
  readonly acknowledgement: Acknowledgement | undefined;
}

/** A push that is the newest report of its target. */
export interface NewestPush {
  readonly target: Target;
  /** When it arrived, in epoch milliseconds. */
  readonly receivedAt: number;
  /** All its labels but repo and server. */
  readonly labels: Labels;
  /** The labels of its path; undefined if they are not known. */
  readonly group: Labels | undefined;
  /** Whether its group was deleted after it. */
  readonly isDeleted: boolean;
}

export interface TargetPeriods {
  readonly target: Target;
  /** When it was declared; undefined if it was not, or nothing from that time is stored any more. */
  readonly declaredAt: number | undefined;
  readonly periods: readonly Period[];
}

/** The states and incidents of a target over a long time, without their other fields. */
export interface StateHistory {
  readonly target: Target;
  readonly labels: Labels;
  readonly declaredAt: number | undefined;
  /** When it was deleted; undefined if it is not. */
  readonly deletedAt: number | undefined;
  /** In order, as `periods` has them. */
  readonly periods: readonly Speaking[];
  /** As in `incidents`, but oldest first. */
  readonly incidents: readonly Pick<StoredIncident, 'openedAt' | 'resolvedAt'>[];
}

export interface TargetIncident extends StoredIncident {
  readonly target: Target;
  readonly acknowledgement: Acknowledgement | undefined;
}

export interface OfTarget {
  readonly target: Target;
}

/** The part of an answer that is wanted. The rest is not read, except for what the choice needs. */
export interface Part<T> {
  /** The most rows: the first ones in the order of the answer. */
  readonly limit?: number | undefined;
  readonly isWanted?: ((of: T) => boolean) | undefined;
}

/** What decides whether the status of a target is wanted. */
export type LastReport = Freshness & OfTarget & { readonly commit: string | undefined };

/** The same for a segment. */
export interface SegmentFacts {
  readonly state: State;
  readonly period: { readonly commit: string | undefined } | undefined;
}

export interface IncidentPart extends Part<OfTarget> {
  /** Only those that opened with one of these commits, had it deployed or were resolved with it. */
  readonly commits?: readonly string[] | undefined;
  /** Asked about each incident, as `isWanted` is about each target. */
  readonly isWantedId?: ((id: number) => boolean) | undefined;
}

/** The fact that a channel was told about a target. */
export interface Told {
  readonly channel: string;
  readonly condition: Condition;
  /** When it was first told. */
  readonly toldAt: number;
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
  /** Only with these commits, by exactly these names; absent means all. */
  readonly commits?: readonly string[] | undefined;
  readonly limit: number;
  readonly after?: ReportPosition | undefined;
}

export interface ReportPage {
  readonly reports: readonly Report[];
  /** The start of the next page; undefined on the last one. */
  readonly next: ReportPosition | undefined;
}

/** Which commits: some names, or all that the selected targets have reported since an instant. */
export type CommitsAsked = { readonly texts: readonly string[] } | { readonly from: number };

/**
 * The rows that answers are made of, in any database. Each answer is a consistent snapshot. Throws `invalid` as soon as
 * an answer would need more memory than one may have.
 */
export interface HistoryReader {
  /**
   * The newest report of every target, or the newest one checked at or before `at`. Targets that were declared and had
   * not reported by then are included. Sorted by target.
   */
  statuses(filter: TargetFilter, at?: number, part?: Part<LastReport>): Promise<readonly StatusDetails[]>;

  /** The same for now, without reading any files. */
  summaries(filter: TargetFilter): Promise<readonly StatusDetails<FindingSummary>[]>;

  /** The targets whose newest report is a push; sorted by target. */
  pushes(filter: TargetFilter): Promise<readonly NewestPush[]>;

  /**
   * The periods that overlap the range, in order, sorted by target. The period before a gap at `from` is included,
   * and so is a target without periods that was declared before the end of the range. The limit counts targets.
   */
  periods(filter: TargetFilter, range: Range, part?: Part<OfTarget>): Promise<readonly TargetPeriods[]>;

  /**
   * Visits the history of one target after the other, sorted by target, so that only one is in memory. Deleted targets
   * are visited too: their past counts. Purged ones have no history.
   */
  stateHistories(
    filter: TargetFilter,
    range: Range,
    visit: (history: StateHistory) => void,
    part?: Pick<Part<OfTarget>, 'isWanted'>,
  ): Promise<void>;

  /** The segments of all targets over the range, ordered by their start; `segmentsOf` has the details. */
  segments(filter: TargetFilter, range: Range, part?: Part<SegmentFacts>): Promise<readonly TargetSegment[]>;

  /** The incidents that overlap the range, newest first. */
  incidents(filter: TargetFilter, range: Range, part?: IncidentPart): Promise<readonly TargetIncident[]>;

  /** One incident; undefined if there is none with this id, or its target is deleted. */
  incident(id: number): Promise<TargetIncident | undefined>;

  /** The names of commits in the selected targets' periods that begin with one of the texts, or are a prefix of one. */
  knownCommits(filter: TargetFilter, texts: readonly string[]): Promise<readonly KnownCommit[]>;

  /**
   * What periods say about the requested commits, sorted by target: those of the selected targets, and of all others of
   * their repos. It reads by commit, so a long history costs no more.
   */
  commitSightings(
    filter: TargetFilter,
    asked: CommitsAsked,
    part?: Part<OfTarget>,
  ): Promise<readonly TargetSightings[]>;

  /** The mutes that were not over at an instant, including those that begin later; oldest first. */
  mutesAt(at: number): Promise<readonly Mute[]>;

  /** The open notifications that channels were told about a target, oldest first. */
  toldAbout(target: Target): Promise<readonly Told[]>;

  /** Up to `limit` reports checked in the range, newest first; `after` is where the page before ended. */
  reports(filter: TargetFilter, query: ReportQuery): Promise<ReportPage>;
}
