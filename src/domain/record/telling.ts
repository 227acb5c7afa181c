import type { NewEvent } from '../event.ts';
import type { OpenIncident, StoredIncident } from '../incident.ts';
import type { State } from '../state.ts';
import type { Target } from '../target.ts';
import { stateOf } from '../target-status.ts';
import type { Accepted } from './accepted.ts';
import type { RecordedStatus } from './facts.ts';
import type { IncidentChange } from './late-incidents.ts';

/** An incident that was over longer than this before it became known is told to nobody. */
const TOLD_IF_OVER_FOR_MS = 30 * 86_400_000;

type Told = Pick<NewEvent, 'kind' | 'origin' | 'effectiveAt'> &
  Partial<
    Pick<NewEvent, 'previousState' | 'incident' | 'driftCount' | 'commit' | 'runUrl' | 'actor' | 'detail'>
  >;

interface TellingOptions {
  readonly target: Target;
  readonly labels: NewEvent['labels'];
  readonly now: number;
  readonly announcedState: State | undefined;
  readonly announcedCommit: string | undefined;
}

/** Writes down what happens to one target in one transaction, and remembers what was told of it last. */
export class Telling {
  readonly events: NewEvent[] = [];
  readonly now: number;
  announcedState: State | undefined;
  announcedCommit: string | undefined;
  readonly #target: Target;
  readonly #labels: NewEvent['labels'];

  constructor({ target, labels, now, announcedState, announcedCommit }: TellingOptions) {
    this.now = now;
    this.announcedState = announcedState;
    this.announcedCommit = announcedCommit;
    this.#target = target;
    this.#labels = labels;
  }

  /** The state it is in since, unless that was told already. */
  tellState(
    state: State,
    told: Omit<Told, 'kind' | 'previousState'> & { readonly kind?: 'target_added' | 'state_changed' },
  ): void {
    if (state === this.announcedState) return;
    const previousState = this.announcedState;
    this.announcedState = state;
    this.#tell({ kind: 'state_changed', ...told, previousState });
  }

  /** The commit of the newest report, unless it is the one told before, or the first that is known. */
  tellCommit(commit: string | undefined, told: Omit<Told, 'kind' | 'commit'>): void {
    if (commit === undefined || commit === this.announcedCommit) return;
    const isFirst = this.announcedCommit === undefined;
    this.announcedCommit = commit;
    if (!isFirst) this.#tell({ ...told, kind: 'commit_changed', commit });
  }

  tellIncident(
    kind: 'incident_opened' | 'incident_changed' | 'incident_resolved',
    incident: StoredIncident,
    told: Omit<Told, 'kind' | 'incident'>,
  ): void {
    this.#tell({ ...told, kind, incident: openPartOf(incident) });
  }

  /** The difference that late or imported reports make to the incidents. */
  tellIncidentChanges(changes: readonly IncidentChange[], told: Pick<Told, 'origin' | 'actor'>): void {
    for (const { before, after } of changes) {
      for (const incident of after)
        this.#tellDifference(incident.id === before?.id ? before : undefined, incident, told);
    }
  }

  #tellDifference(
    before: StoredIncident | undefined,
    after: StoredIncident,
    told: Pick<Told, 'origin' | 'actor'>,
  ): void {
    if (after.resolvedAt !== undefined && after.resolvedAt < this.now - TOLD_IF_OVER_FOR_MS) return;
    const opened = {
      ...told,
      effectiveAt: after.openedAt,
      commit: after.openedCommit,
      runUrl: after.openedRunUrl,
    };
    const driftCount = after.maxDriftCount;
    if (before === undefined) this.tellIncident('incident_opened', after, { ...opened, driftCount });
    else if (hasChanged(before, after)) {
      this.tellIncident('incident_changed', after, { ...opened, effectiveAt: this.now, driftCount });
    }
    if (after.resolvedAt !== undefined && after.resolvedAt !== before?.resolvedAt) {
      this.tellIncident('incident_resolved', after, { ...told, ...resolutionOf(after) });
    }
  }

  #tell(told: Told): void {
    this.events.push({
      actor: undefined,
      previousState: undefined,
      incident: undefined,
      driftCount: undefined,
      commit: undefined,
      runUrl: undefined,
      detail: undefined,
      ...told,
      ...this.#target,
      labels: this.#labels,
      recordedAt: this.now,
      state: this.announcedState,
    });
  }
}

/** Whether an incident is another than it was, but for how it ended. */
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

/** What an event says of the report that it is told by. */
export function toldBy(report: Accepted) {
  return {
    actor: report.actor,
    effectiveAt: report.checkedAt,
    driftCount: report.finding.driftCount,
    commit: report.commit,
    runUrl: report.runUrl,
  };
}

/** When a target fell silent, or is heard again because a clock was corrected. */
export function tellTime(telling: Telling, status: RecordedStatus): void {
  const { now } = telling;
  const state = stateOf(status, now);
  const effectiveAt = state === 'STALE' ? Math.min(status.staleAt, now) : now;
  const { incident, commit } = status;
  telling.tellState(state, { origin: 'time', effectiveAt, incident, commit });
}
