import type { FindingRef, SyncStatus } from '../finding.ts';
import type { HistoryKey } from '../history-key.ts';
import type { Drift, StoredIncident } from '../incident.ts';
import type { Observation, Period } from '../period.ts';
import type { State } from '../state.ts';
import type { Labels } from '../target.ts';
import { type Target, targetKey } from '../target.ts';
import type { TargetStatus } from '../target-status.ts';

/** What is known of a target before anything is recorded about it in this transaction. */
export interface ExistingTarget {
  readonly labels: Labels;
  /** `checkedAt` of the report they are from. */
  readonly labelsAt: number | undefined;
  readonly declaredAt: number | undefined;
  /** Undefined unless it is deleted now. */
  readonly deletedAt: number | undefined;
  /** Also where it came back since: what was said before no longer counts as a voice, and its last period ends there. */
  readonly lastDeletedAt: number | undefined;
  /** Undefined where nothing was ever reported about it. */
  readonly status: RecordedStatus | undefined;
}

/** Who speaks for a target: see `voice.ts`. */
export interface Voice {
  readonly check: string | undefined;
  readonly pushed: boolean;
}

/** The row of a target: where it stands, and what it takes to say what the next report makes of it. */
export interface RecordedStatus extends TargetStatus<FindingRef>, Voice {
  /** The current period, beside what the status says of its end. */
  readonly startedAt: number;
  readonly startReceivedAt: number;
  readonly startsState: boolean;
  readonly periodRunUrl: string | undefined;
  /** When the report arrived that the state began with: with `since` its place in the history. */
  readonly sinceReceivedAt: number;
  /** The largest of all that were recorded; the newest report need not have them. */
  readonly newestReceivedAt: number;
  readonly newestLastCheckAt: number;
  readonly lastSyncedCommit: string | undefined;
  /** The state of the last event; undefined while it is deleted. */
  readonly announcedState: State | undefined;
  /** The last commit that an event named as its newest. */
  readonly announcedCommit: string | undefined;
  /** Of the newest report. */
  readonly sourceId: number;
  /** How many reports were recorded, by what they said. */
  readonly reports: Readonly<Record<SyncStatus, number>>;
}

/** As much of a recorded report as later ones are compared with. */
export interface RecordedReport extends Observation<FindingRef>, Voice {
  readonly lastCheckAt: number;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
}

/**
 * What is around an instant that lies before a target's newest report. Reports of the very instant count as before.
 * Periods are those that are over: the current one is in the target's status.
 */
export interface Neighbours {
  /** The last report at or before the instant, and the first after it. */
  readonly before: RecordedReport | undefined;
  readonly after: RecordedReport | undefined;
  /** The last period that started at or before the instant, and the first that started after it. */
  readonly period: Period<FindingRef> | undefined;
  readonly nextPeriod: Period<FindingRef> | undefined;
  /** The same among those that are SYNCED. */
  readonly syncedPeriod: Period<FindingRef> | undefined;
  readonly nextSyncedPeriod: Period<FindingRef> | undefined;
  /** The last period that starts a state, of those that started at or before the instant. */
  readonly statePeriod: Period<FindingRef> | undefined;
  /** The last incident that opened at or before the instant, and the first that opened after it. */
  readonly incident: StoredIncident | undefined;
  readonly nextIncident: StoredIncident | undefined;
}

/** Something that has to be loaded before it can be decided what a transaction comes to. */
export type Need =
  | { readonly kind: 'target'; readonly target: Target }
  /** Those with `from <= checkedAt <= to`. */
  | { readonly kind: 'reports'; readonly target: Target; readonly from: number; readonly to: number }
  | { readonly kind: 'neighbours'; readonly target: Target; readonly at: number }
  | { readonly kind: 'open_incident'; readonly target: Target }
  /**
   * What the OUT_OF_SYNC reports strictly between two others add up to: the distinct findings, and the first report.
   * The last deploy only where it is asked for.
   */
  | {
      readonly kind: 'drift';
      readonly target: Target;
      readonly after: HistoryKey | undefined;
      readonly before: HistoryKey | undefined;
      readonly withDeploys: boolean;
    };

/** What each kind of need is answered with. */
export interface Answers {
  readonly target: ExistingTarget | undefined;
  readonly reports: readonly RecordedReport[];
  readonly neighbours: Neighbours;
  readonly open_incident: StoredIncident | undefined;
  readonly drift: Drift | undefined;
}

type NeedOf<K extends Need['kind']> = Extract<Need, { kind: K }>;

/** What was loaded so far; what is asked for and not there yet is collected as `missing`. */
export class Facts {
  readonly #answers = new Map<string, { readonly answer: unknown }>();
  readonly #missing = new Map<string, Need>();

  add<K extends Need['kind']>(need: NeedOf<K>, answer: Answers[K]): void {
    this.#answers.set(nameOf(need), { answer });
    this.#missing.delete(nameOf(need));
  }

  /** The answer, wrapped as it may be undefined itself; undefined where it is still missing. */
  get<K extends Need['kind']>(need: NeedOf<K>): { readonly answer: Answers[K] } | undefined {
    const name = nameOf(need);
    const answer = this.#answers.get(name);
    if (answer === undefined) this.#missing.set(name, need);
    // `add` puts nothing else under this name.
    return answer as { readonly answer: Answers[K] } | undefined;
  }

  /** What was asked for in vain since it was last taken. */
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
    case 'open_incident':
      return `${name} open_incident`;
    case 'drift':
      return `${name} drift ${keyText(need.after)} ${keyText(need.before)}`;
  }
}

function keyText(key: HistoryKey | undefined): string {
  return key === undefined ? '-' : `${key.checkedAt}/${key.receivedAt}`;
}

/** The current period of a target, as the fold knows it. */
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
