import type { SyncStatus } from './finding.ts';
import { MAX_AHEAD_MS, type Report } from './report.ts';
import type { Standing } from './standing.ts';
import { type State, stateAt } from './state.ts';
import type { Target } from './target.ts';

/** As much of where a target stands as it takes to tell what happens to it next. */
export interface Situation {
  readonly target: Target;
  readonly syncStatus: SyncStatus;
  readonly driftCount: number;
  readonly checkedAt: number;
  readonly staleAt: number;
  /** When it was last looked at. */
  readonly state: State;
  readonly incidentOpenedAt: number | undefined;
}

/** Something that happened to a target, and where it stands since. */
export interface Change extends Situation {
  readonly kind: 'state' | 'incident_opened' | 'incident_resolved';
  /** Undefined where it is the first that is known of the target. */
  readonly previousState: State | undefined;
  /** When the state began. */
  readonly since: number;
  /** Of the incident that it is about; of the open one, where it is about none. */
  readonly incidentOpenedAt: number | undefined;
}

/** What recording a report came to, as far as it matters here. */
interface Outcome {
  readonly recorded: 'new' | 'duplicate';
  readonly change: 'first' | 'unchanged' | 'changed' | 'late';
  readonly since: number;
  readonly staleAt: number;
  readonly incident: { readonly openedAt: number } | undefined;
}

interface Observed {
  /** Undefined where nothing is known of the target. */
  readonly situation: Situation | undefined;
  readonly changes: readonly Change[];
}

const NONE: readonly Change[] = [];

export function situationOf(standing: Standing, now: number): Situation {
  const { target, syncStatus, driftCount, checkedAt, staleAt, incidentOpenedAt } = standing;
  const state = stateAt(standing, now);
  return { target, syncStatus, driftCount, checkedAt, staleAt, state, incidentOpenedAt };
}

/** What a report came to. It may be told of again, or after newer ones: then it changes nothing. */
export function observeReport(
  before: Situation | undefined,
  { report, outcome }: { report: Report; outcome: Outcome },
  now: number,
): Observed {
  const nothing = { situation: before, changes: NONE };
  if (outcome.recorded === 'duplicate') return nothing;
  const incidentOpenedAt = outcome.incident?.openedAt;
  if (outcome.change === 'late') {
    // It says nothing about now, but incidents may begin and end elsewhere since.
    return before === undefined
      ? nothing
      : changed(before, { ...before, incidentOpenedAt }, { since: outcome.since, now });
  }
  if (before !== undefined && report.checkedAt < before.checkedAt) return nothing;
  const { staleAt } = outcome;
  const { checkedAt } = report;
  const { syncStatus, driftCount } = report.finding;
  const state = stateAt({ syncStatus, checkedAt, staleAt }, now);
  const situation = {
    target: before?.target ?? report.target,
    syncStatus,
    driftCount,
    checkedAt,
    staleAt,
    state,
    incidentOpenedAt,
  };
  return changed(before, situation, { since: outcome.since, now });
}

/** What the passing of time came to: silence, or that a clock which was turned back is where it was again. */
export function observeTime(before: Situation, now: number): Observed {
  const state = stateAt(before, now);
  if (state === before.state) return { situation: before, changes: NONE };
  return changed(before, { ...before, state }, { since: before.checkedAt, now });
}

/** When the state will be another one by the mere passing of time. */
export function holdsUntil(
  { state, checkedAt, staleAt }: Pick<Situation, 'state' | 'checkedAt' | 'staleAt'>,
  now: number,
): number {
  if (state !== 'STALE') return staleAt;
  return now < staleAt ? checkedAt - MAX_AHEAD_MS : Number.POSITIVE_INFINITY;
}

function changed(
  before: Situation | undefined,
  situation: Situation,
  reported: { since: number; now: number },
): Observed {
  const { state, staleAt, incidentOpenedAt: openedAt } = situation;
  const known = before?.incidentOpenedAt;
  // Nearly always: nothing more is to be made for it.
  if (state === before?.state && openedAt === known) return { situation, changes: NONE };
  const since = state === 'STALE' ? Math.min(staleAt, reported.now) : reported.since;
  const change = { ...situation, previousState: before?.state, since };
  const changes: Change[] = [];
  if (state !== before?.state) changes.push({ ...change, kind: 'state' });
  // One that is now known to have opened earlier is still the same.
  const isSame = known !== undefined && openedAt !== undefined && openedAt <= known;
  if (known !== undefined && !isSame) {
    changes.push({ ...change, kind: 'incident_resolved', incidentOpenedAt: known });
  }
  if (openedAt !== undefined && !isSame) changes.push({ ...change, kind: 'incident_opened' });
  return { situation, changes };
}
