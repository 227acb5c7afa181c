import type { FindingRef, SyncStatus } from '../finding.ts';
import type { HistoryKey } from '../history-key.ts';
import type { Drift, StoredIncident } from '../incident.ts';
import type { Observation, Period } from '../period.ts';
import type { State } from '../state.ts';
import type { Labels } from '../target.ts';
import { type Target, targetKey } from '../target.ts';
import type { TargetStatus } from '../target-status.ts';

/** A target as it is stored before the transaction. */
export interface ExistingTarget {
  readonly labels: Labels;
  /** `checkedAt` of the report with these labels. */
  readonly labelsAt: number | undefined;
  readonly declaredAt: number | undefined;
  /** Undefined unless it is deleted now. */
  readonly deletedAt: number | undefined;
  /**
   * Also set if the target came back since. Earlier reports no longer count as a voice, and the last period ends there.
   */
  readonly lastDeletedAt: number | undefined;
  /** Undefined if no report was ever recorded. */
  readonly status: RecordedStatus | undefined;
}

/** A name that a target had before. */
export interface FormerName {
  /** What it is called now. */
  readonly target: Target;
  /** Reports that were checked before this instant may still arrive under the former name. */
  readonly renamedAt: number;
}

/** Whether a target was declared, and has never reported. */
export function isExpected(existing: ExistingTarget | undefined): boolean {
  return isShown(existing) && existing?.status === undefined;
}

/** Whether a target is in answers about the present. */
export function isShown(existing: ExistingTarget | undefined): boolean {
  if (existing === undefined || existing.deletedAt !== undefined) return false;
  return existing.status !== undefined || existing.declaredAt !== undefined;
}

/** The state in the last event about a target; undefined if it is deleted or new. */
export function announcedStateOf(existing: ExistingTarget | undefined): State | undefined {
  return isExpected(existing) ? 'STALE' : existing?.status?.announcedState;
}

/** The check that speaks for a target: see `voice.ts`. */
export interface Voice {
  readonly check: string | undefined;
  readonly pushed: boolean;
}

/** The status of a target, with what is needed to apply the next report. */
export interface RecordedStatus extends TargetStatus<FindingRef>, Voice {
  /** The start of the current period; its end is in the fields above. */
  readonly startedAt: number;
  readonly startReceivedAt: number;
  readonly startsState: boolean;
  readonly periodRunUrl: string | undefined;
  /** When the first report of the state arrived; with `since` it is the position of that report. */
  readonly sinceReceivedAt: number;
  /** The largest values of all recorded reports, which need not be those of the newest report. */
  readonly newestReceivedAt: number;
  readonly newestLastCheckAt: number;
  readonly lastSyncedCommit: string | undefined;
  /** The state in the last event; undefined while the target is deleted. */
  readonly announcedState: State | undefined;
  /** The commit of the newest report in the last event that named one. */
  readonly announcedCommit: string | undefined;
  /** Of the newest report. */
  readonly sourceId: number;
  /** How many reports were recorded, by sync status. */
  readonly reports: Readonly<Record<SyncStatus, number>>;
}

/** The part of a recorded report that later reports are compared with. */
export interface RecordedReport extends Observation<FindingRef>, Voice {
  readonly lastCheckAt: number;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
}

/**
 * The stored rows around an instant before the newest report. Reports of the same instant count as before it. Periods
 * are those that are over; the current one is in the status of the target.
 */
export interface Neighbours {
  /** The last report at or before the instant, and the first after it. */
  readonly before: RecordedReport | undefined;
  readonly after: RecordedReport | undefined;
  /** The last period that started at or before the instant, and the first that started after it. */
  readonly period: Period<FindingRef> | undefined;
  readonly nextPeriod: Period<FindingRef> | undefined;
  /** The same for SYNCED periods only. */
  readonly syncedPeriod: Period<FindingRef> | undefined;
  readonly nextSyncedPeriod: Period<FindingRef> | undefined;
  /** The last period that starts a state, of those that started at or before the instant. */
  readonly statePeriod: Period<FindingRef> | undefined;
  /** The last incident that opened at or before the instant, and the first that opened after it. */
  readonly incident: StoredIncident | undefined;
  readonly nextIncident: StoredIncident | undefined;
}

/** Something that has to be loaded before a transaction can be decided. */
export type Need =
  | { readonly kind: 'target'; readonly target: Target }
  /** Whether this is a former name; asked if no target has that name. */
  | { readonly kind: 'former_name'; readonly target: Target }
  /** Some of the targets that are not deleted and have a name like this one: see `spellingKey`. */
  | { readonly kind: 'similar'; readonly target: Target }
  /** Reports with `from <= checkedAt <= to`. */
  | { readonly kind: 'reports'; readonly target: Target; readonly from: number; readonly to: number }
  | { readonly kind: 'neighbours'; readonly target: Target; readonly at: number }
  | { readonly kind: 'open_incident'; readonly target: Target }
  /**
   * The merged OUT_OF_SYNC reports strictly between two others: the distinct findings and the first report. With
   * `withDeploys` the last deploy is included.
   */
  | {
      readonly kind: 'drift';
      readonly target: Target;
      readonly after: HistoryKey | undefined;
      readonly before: HistoryKey | undefined;
      readonly withDeploys: boolean;
    };

/** The type of the answer to each kind of need. */
export interface Answers {
  readonly target: ExistingTarget | undefined;
  readonly former_name: FormerName | undefined;
  readonly similar: readonly Target[];
  readonly reports: readonly RecordedReport[];
  readonly neighbours: Neighbours;
  readonly open_incident: StoredIncident | undefined;
  readonly drift: Drift | undefined;
}

export type NeedOf<K extends Need['kind']> = Extract<Need, { kind: K }>;

/** The answers that were loaded so far; requests for others are collected as `missing`. */
export class Facts {
  readonly #answers = new Map<string, { readonly answer: unknown }>();
  readonly #missing = new Map<string, Need>();

  add<K extends Need['kind']>(need: NeedOf<K>, answer: Answers[K]): void {
    const name = nameOf(need);
    this.#answers.set(name, { answer });
    this.#missing.delete(name);
  }

  /** The answer in an object, because it may be undefined itself. Undefined if it is not loaded. */
  get<K extends Need['kind']>(need: NeedOf<K>): { readonly answer: Answers[K] } | undefined {
    const name = nameOf(need);
    const answer = this.#answers.get(name);
    if (answer === undefined) this.#missing.set(name, need);
    // `add` stores only answers of this kind under this name.
    return answer as { readonly answer: Answers[K] } | undefined;
  }

  /** The requests since the last call that were not loaded. */
  takeMissing(): Need[] {
    const missing = [...this.#missing.values()];
    this.#missing.clear();
    return missing;
  }
}

function nameOf(need: Need): string {
  const name = targetKey(need.target);
  switch (need.kind) {
    case 'target':
      return name;
    case 'reports':
      return `${name} reports ${need.from} ${need.to}`;
    case 'neighbours':
      return `${name} neighbours ${need.at}`;
    case 'former_name':
    case 'similar':
    case 'open_incident':
      return `${name} ${need.kind}`;
    case 'drift':
      return `${name} drift ${keyText(need.after)} ${keyText(need.before)}`;
  }
}

function keyText(key: HistoryKey | undefined): string {
  return key === undefined ? '-' : `${key.checkedAt}/${key.receivedAt}`;
}

/** The current period of a target. */
export function currentPeriod(status: RecordedStatus): Period<FindingRef> {
  return {
    startedAt: status.startedAt,
    receivedAt: status.startReceivedAt,
    lastCheckedAt: status.checkedAt,
    lastReceivedAt: status.receivedAt,
    staleAt: status.staleAt,
    finding: status.finding,
    commit: status.commit,
    runUrl: status.periodRunUrl,
    startsState: status.startsState,
  };
}

/** The status with another current period. */
export function withCurrentPeriod(status: RecordedStatus, period: Period<FindingRef>): RecordedStatus {
  return {
    ...status,
    startedAt: period.startedAt,
    startReceivedAt: period.receivedAt,
    checkedAt: period.lastCheckedAt,
    receivedAt: period.lastReceivedAt,
    staleAt: period.staleAt,
    finding: { id: period.finding.id, syncStatus: period.finding.syncStatus },
    commit: period.commit,
    periodRunUrl: period.runUrl,
    startsState: period.startsState,
  };
}
