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
 * Selects targets by name, or by patterns in which `*` stands for any characters, and by the labels that they have now. An
 * absent list means all; an empty one of names, none. Deleted targets are not included, unless it is said.
 */
export interface TargetFilter {
  readonly repos?: readonly string[];
  readonly servers?: readonly string[];
  /** Each `key:value`. Of several values of a key any will do; of several keys all are needed. */
  readonly labels?: readonly string[];
}

/** The status of a target with the texts of its newest report. */
export type StatusDetails<F extends FindingRef = Finding> = ReportedDetails<F> | ExpectedDetails;

/** The same of a target that has reported. */
export type ReportedDetails<F extends FindingRef = Finding> = TargetStatus<F> & ReportTexts;

/** The same of a target that was declared and never reported. */
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
  /** The labels of its path; undefined where they are not known. */
  readonly group: Labels | undefined;
  /** Whether its group was deleted after it. */
  readonly isDeleted: boolean;
}

export interface TargetPeriods {
  readonly target: Target;
  /** When it was declared; undefined where it was not, or nothing from that time is stored any more. */
  readonly declaredAt: number | undefined;
  readonly periods: readonly Period[];
}

/** The states and incidents of a target over a long time, and nothing else of them. */
export interface StateHistory {
  readonly target: Target;
  readonly labels: Labels;
  readonly declaredAt: number | undefined;
  /** When it was deleted; undefined where it is not. */
  readonly deletedAt: number | undefined;
  /** In order, as `periods` has them. */
  readonly periods: readonly Speaking[];
  /** The same as `incidents` has, oldest first. */
  readonly incidents: readonly Pick<StoredIncident, 'openedAt' | 'resolvedAt'>[];
}

export interface TargetIncident extends StoredIncident {
  readonly target: Target;
  readonly acknowledgement: Acknowledgement | undefined;
}

export interface OfTarget {
  readonly target: Target;
}

/** The part of an answer that is wanted. What is not is not read, but for what tells the two apart. */
export interface Part<T> {
  /** At most so many, the first in the order of the answer. */
  readonly limit?: number | undefined;
  readonly isWanted?: ((of: T) => boolean) | undefined;
}

/** What tells whether the status of a target is wanted. */
export type LastReport = Freshness & OfTarget & { readonly commit: string | undefined };

/** The same of a segment. */
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

/** That a channel was told about a target. */
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
 * The rows that questions are answered from, in any database. Each answer is of one moment. Throws `invalid` as soon as
 * an answer would need more memory than there is for one.
 */
export interface HistoryReader {
  /**
   * The newest report of every target, or the newest one checked at or before `at`, and the targets that were declared
   * and had not reported by then; sorted by target.
   */
  statuses(filter: TargetFilter, at?: number, part?: Part<LastReport>): Promise<readonly StatusDetails[]>;

  /** The same as of now, without files: these are read for no target. */
  summaries(filter: TargetFilter): Promise<readonly StatusDetails<FindingSummary>[]>;

  /** The targets whose newest report is a push, as of now; sorted by target. */
  pushes(filter: TargetFilter): Promise<readonly NewestPush[]>;

  /**
   * The periods that overlap the range, in order, sorted by target. The period before a gap at `from` is included,
   * and so is a target without periods that was declared before the end of the range. The limit counts targets.
   */
  periods(filter: TargetFilter, range: Range, part?: Part<OfTarget>): Promise<readonly TargetPeriods[]>;

  /**
   * Visits the history over the range of one target after the other, sorted by target, so that only one is in memory.
   * Those that are deleted now are visited, too: what they were counts. Those that were purged have no history.
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

  /**
   * The names of commits in the periods of the selected targets that begin with one of the texts, or that one of the
   * texts begins with.
   */
  knownCommits(filter: TargetFilter, texts: readonly string[]): Promise<readonly KnownCommit[]>;

  /**
   * What is known of the commits asked about, from periods: of the selected targets and of all others of their repos,
   * sorted by target. The reading is by commit, so that it costs no more where the history is long.
   */
  commitSightings(
    filter: TargetFilter,
    asked: CommitsAsked,
    part?: Part<OfTarget>,
  ): Promise<readonly TargetSightings[]>;

  /** The mutes that were not over at an instant, those that begin later included, oldest first. */
  mutesAt(at: number): Promise<readonly Mute[]>;

  /** What channels were told about a target and is not closed, oldest first. */
  toldAbout(target: Target): Promise<readonly Told[]>;

  /** Up to `limit` reports checked in the range, newest first; `after` is where the page before ended. */
  reports(filter: TargetFilter, query: ReportQuery): Promise<ReportPage>;
}
