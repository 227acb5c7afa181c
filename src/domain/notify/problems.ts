import type { FindingSummary } from '../finding.ts';
import type { StoredIncident } from '../incident.ts';
import { nextStep } from '../next.ts';
import type { Labels, Target } from '../target.ts';
import { stateOf, type TargetStatus } from '../target-status.ts';
import type { Problem } from './message.ts';

/** What is known about a target when its messages are decided. The target is not deleted. */
export interface TargetFacts {
  /** A target keeps its id over all its names. */
  readonly id: number;
  readonly target: Target;
  readonly labels: Labels;
  /** Undefined if it never reported. */
  readonly reported: Reported | undefined;
  /** When it was declared; 0 if it was not. */
  readonly declaredAt: number;
  /** The open incident. */
  readonly incident: StoredIncident | undefined;
  /** How many incidents opened in the last seven days. */
  readonly recentIncidents: number;
}

/** The newest report. */
export interface Reported
  extends Pick<
    TargetStatus<FindingSummary>,
    'checkedAt' | 'staleAt' | 'finding' | 'since' | 'commit' | 'lastSyncedAt'
  > {
  readonly runUrl: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
}

/**
 * What is wrong with a target. Silence does not end UNKNOWN, and neither of them ends an incident: only a report does.
 */
export function problemsOf(facts: TargetFacts, now: number): readonly Problem[] {
  const { reported, incident, declaredAt } = facts;
  if (reported === undefined) return [problem(facts, now, 'never_reported', declaredAt)];
  const found: Problem[] = [];
  const { finding, staleAt, since } = reported;
  if (incident !== undefined) found.push(problem(facts, now, 'drift', incident.openedAt));
  if (finding.syncStatus === 'UNKNOWN') found.push(problem(facts, now, 'unknown', since));
  if (stateOf(reported, now) === 'STALE') found.push(problem(facts, now, 'stale', Math.min(staleAt, now)));
  return found;
}

/** What is told about a target that flaps: its drift, or its last drift if it has none at the moment. */
export function flappingProblem(facts: TargetFacts, now: number, last: StoredIncident | undefined): Problem {
  const incident = facts.incident ?? last;
  return problem({ ...facts, incident }, now, 'drift', incident?.openedAt ?? now);
}

function problem(facts: TargetFacts, now: number, condition: Problem['condition'], since: number): Problem {
  const { target, labels, reported, incident } = facts;
  const { commit, runUrl, error, errorKind, lastSyncedAt } = reported ?? NOT_REPORTED;
  const state = reported === undefined ? 'STALE' : stateOf(reported, now);
  return {
    target,
    condition,
    labels,
    state,
    incident: incident && { id: incident.id, openedAt: incident.openedAt, cause: incident.cause },
    since,
    resolution: undefined,
    files: incident?.files.names ?? [],
    driftCount: driftCountOf(facts),
    commit,
    runUrl,
    error,
    errorKind,
    next: nextStep({ state, incident, commit, lastSyncedAt, errorKind, labels }),
    acknowledgedBy: undefined,
  };
}

const NOT_REPORTED = {
  commit: undefined,
  runUrl: undefined,
  error: undefined,
  errorKind: undefined,
  lastSyncedAt: undefined,
};

/** The count of the newest report, or the largest of the incident if that report does not know it. */
function driftCountOf({ reported, incident }: TargetFacts): number | undefined {
  if (incident === undefined) return undefined;
  return reported?.finding.syncStatus === 'OUT_OF_SYNC'
    ? reported.finding.driftCount
    : incident.maxDriftCount;
}
