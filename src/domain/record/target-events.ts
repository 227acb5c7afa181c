import type { NewEvent } from '../event.ts';
import type { OpenIncident, StoredIncident } from '../incident.ts';
import type { State } from '../state.ts';
import type { Target } from '../target.ts';
import { stateOf } from '../target-status.ts';
import type { Accepted } from './accepted.ts';
import type { RecordedStatus } from './facts.ts';
import type { IncidentChange } from './late-incidents.ts';

/** A late report adds no events for an incident that ended longer ago than this. */
const MAX_OVER_FOR_MS = 30 * 86_400_000;

type EventDetails = Pick<NewEvent, 'kind' | 'origin' | 'effectiveAt'> &
  Partial<
    Pick<NewEvent, 'previousState' | 'incident' | 'driftCount' | 'commit' | 'runUrl' | 'actor' | 'detail'>
  >;

interface TargetEventsOptions {
  readonly target: Target;
  readonly labels: NewEvent['labels'];
  readonly now: number;
  readonly announcedState: State | undefined;
  readonly announcedCommit: string | undefined;
}

/** Collects the events of one target in one transaction, with the state and the commit that the last one announced. */
export class TargetEvents {
  readonly list: NewEvent[] = [];
  readonly now: number;
  announcedState: State | undefined;
  announcedCommit: string | undefined;
  readonly #target: Target;
  readonly #labels: NewEvent['labels'];

  constructor({ target, labels, now, announcedState, announcedCommit }: TargetEventsOptions) {
    this.now = now;
    this.announcedState = announcedState;
    this.announcedCommit = announcedCommit;
    this.#target = target;
    this.#labels = labels;
  }

  /** Whether events have announced this state, and this commit if there is one. */
  haveSaid(state: State, commit: string | undefined): boolean {
    return state === this.announcedState && (commit === undefined || commit === this.announcedCommit);
  }

  /** A change of state, unless an event has announced that state already. */
  addState(
    state: State,
    details: Omit<EventDetails, 'kind' | 'previousState'> & {
      readonly kind?: 'target_added' | 'state_changed';
    },
  ): void {
    if (state === this.announcedState) return;
    const previousState = this.announcedState;
    this.announcedState = state;
    this.#add({ kind: 'state_changed', ...details, previousState });
  }

  /** A change of commit, unless an event has announced that commit already. The first known commit is no change. */
  addCommit(commit: string | undefined, details: Omit<EventDetails, 'kind' | 'commit'>): void {
    if (commit === undefined || commit === this.announcedCommit) return;
    const isFirst = this.announcedCommit === undefined;
    this.announcedCommit = commit;
    if (!isFirst) this.#add({ ...details, kind: 'commit_changed', commit });
  }

  addIncident(
    kind: 'incident_opened' | 'incident_changed' | 'incident_resolved',
    incident: StoredIncident,
    details: Omit<EventDetails, 'kind' | 'incident'>,
  ): void {
    this.addOpenIncident(kind, openPartOf(incident), details);
  }

  /** The same if only the incident fields of a status are known. */
  addOpenIncident(
    kind: 'incident_changed' | 'incident_opened' | 'incident_resolved',
    incident: OpenIncident,
    details: Omit<EventDetails, 'kind' | 'incident'>,
  ): void {
    this.#add({ ...details, kind, incident });
  }

  /** What late or imported reports change about the incidents. */
  addIncidentChanges(
    changes: readonly IncidentChange[],
    details: Pick<EventDetails, 'origin' | 'actor'>,
  ): void {
    for (const { before, after } of changes) {
      for (const incident of after)
        this.#addDifference(incident.id === before?.id ? before : undefined, incident, details);
    }
  }

  #addDifference(
    before: StoredIncident | undefined,
    after: StoredIncident,
    details: Pick<EventDetails, 'origin' | 'actor'>,
  ): void {
    if (after.resolvedAt !== undefined && after.resolvedAt < this.now - MAX_OVER_FOR_MS) return;
    const opened = {
      ...details,
      effectiveAt: after.openedAt,
      commit: after.openedCommit,
      runUrl: after.openedRunUrl,
    };
    const driftCount = after.maxDriftCount;
    if (before === undefined) this.addIncident('incident_opened', after, { ...opened, driftCount });
    else if (hasChanged(before, after)) {
      this.addIncident('incident_changed', after, { ...opened, effectiveAt: this.now, driftCount });
    }
    if (after.resolvedAt !== undefined && after.resolvedAt !== before?.resolvedAt) {
      this.addIncident('incident_resolved', after, { ...details, ...resolutionOf(after) });
    }
  }

  #add(details: EventDetails): void {
    this.list.push({
      actor: undefined,
      previousState: undefined,
      incident: undefined,
      driftCount: undefined,
      commit: undefined,
      runUrl: undefined,
      detail: undefined,
      ...details,
      ...this.#target,
      labels: this.#labels,
      recordedAt: this.now,
      state: this.announcedState,
    });
  }
}

/** Whether an incident has changed, apart from how it ended. */
export function hasChanged(before: StoredIncident, after: StoredIncident): boolean {
  return (
    before.openedAt !== after.openedAt ||
    before.cause !== after.cause ||
    before.maxDriftCount !== after.maxDriftCount ||
    before.unnamed !== after.unnamed ||
    before.deployed?.commit !== after.deployed?.commit ||
    before.files.isCut !== after.files.isCut ||
    before.files.names.length !== after.files.names.length ||
    before.files.names.some((name, i) => name !== after.files.names[i])
  );
}

export function resolutionOf({ resolvedAt = 0, resolvedCommit, resolvedRunUrl }: StoredIncident) {
  return { effectiveAt: resolvedAt, commit: resolvedCommit, runUrl: resolvedRunUrl };
}

export function openPartOf({ id, openedAt, cause }: StoredIncident | OpenIncident): OpenIncident {
  return { id, openedAt, cause };
}

/** What an event takes over from the report that caused it. */
export function eventDetailsOf(report: Accepted) {
  return {
    actor: report.actor,
    effectiveAt: report.checkedAt,
    driftCount: report.finding.driftCount,
    commit: report.commit,
    runUrl: report.runUrl,
  };
}

/** A target that became STALE, or that is no longer STALE because a clock was corrected. */
export function addTimeChange(events: TargetEvents, status: RecordedStatus): void {
  const { now } = events;
  const state = stateOf(status, now);
  const effectiveAt = state === 'STALE' ? Math.min(status.staleAt, now) : now;
  const { incident, commit } = status;
  events.addState(state, { origin: 'time', effectiveAt, incident, commit });
}
