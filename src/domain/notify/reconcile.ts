import { flaps } from '../flapping.ts';
import type { StoredIncident } from '../incident.ts';
import { resolverOf } from '../resolution.ts';
import { stateOf } from '../target-status.ts';
import type { Problem, Resolution } from './message.ts';
import { dueAtOf, isNews, MUTED_MS, type Notification } from './notification.ts';
import { flappingProblem, problemsOf, type TargetFacts } from './problems.ts';
import { type Timing, timingFor } from './route-problem.ts';
import type { Routing } from './routing.ts';

const FLAPPING_REPEAT_MS = 86_400_000;

/** A channel, and the routes that lead to it. */
export interface Recipient {
  readonly name: string;
  readonly kind: 'messages' | 'alerts';
  readonly routing: Routing;
}

export interface Reconciliation {
  readonly write: readonly Notification[];
  readonly remove: readonly Notification[];
}

/** What is known about one target. */
export interface ReconcileInput {
  readonly now: number;
  /** When the news was recorded. */
  readonly recordedAt: number;
  readonly recipient: Recipient;
  readonly targetId: number;
  /** Undefined if the target was deleted. */
  readonly facts: TargetFacts | undefined;
  /** The open notifications of the channel about the target. */
  readonly notifications: readonly Notification[];
  /** The incidents that these name, as far as they are still stored. */
  readonly incidents: ReadonlyMap<number, StoredIncident>;
}

/** A problem that there is now; a target that flaps is one more. */
interface Current {
  readonly problem: Problem;
  readonly isFlapping: boolean;
}

/**
 * Compares what a channel has about one target with what is true now. A new problem waits until it is due, and is
 * dropped if it ends before that. What was told is marked if it has changed or is over.
 */
export function reconcile(input: ReconcileInput): Reconciliation {
  const write: Notification[] = [];
  const remove: Notification[] = [];
  const current = currentOf(input);
  const isFlapping = current.some((candidate) => candidate.isFlapping);
  const covered = new Set<Current>();
  for (const before of input.notifications) {
    const found = current.find((candidate) => isAbout(before, candidate, input));
    if (found !== undefined) covered.add(found);
    const after = nextOf(before, isFlapping && isUntoldDrift(before) ? undefined : found?.problem, input);
    if (after === undefined) remove.push(before);
    else if (after !== before) write.push(after);
  }
  for (const candidate of current) {
    if (
      covered.has(candidate) ||
      (isFlapping && !candidate.isFlapping && candidate.problem.condition === 'drift')
    )
      continue;
    const added = begin(candidate, input);
    if (added !== undefined) write.push(added);
  }
  return { write, remove };
}

/** The problem that a notification is about, as it is now; undefined if it is over. */
export function problemNow(notification: Notification, input: ReconcileInput): Problem | undefined {
  return currentOf(input).find((candidate) => isAbout(notification, candidate, input))?.problem;
}

function currentOf(input: ReconcileInput): readonly Current[] {
  const { facts, now } = input;
  if (facts === undefined) return [];
  const problems = problemsOf(facts, now).map((problem) => ({ problem, isFlapping: false }));
  const flapping = flappingOf(input, facts);
  return flapping === undefined ? problems : [...problems, { problem: flapping, isFlapping: true }];
}

/** A target that flaps is told as one problem. An alert channel groups by itself: there each incident is an alert. */
function flappingOf({ recipient, notifications, incidents, now }: ReconcileInput, facts: TargetFacts) {
  if (recipient.kind === 'alerts') return undefined;
  const known = notifications.find(({ isFlapping, overAt }) => isFlapping && overAt === undefined);
  const many = flaps(facts.recentIncidents);
  const isOpen = facts.incident !== undefined;
  // A problem that was told ends only if the target is in sync: a resolve must be true.
  if (known?.toldAt === undefined ? !many || !(isOpen || known !== undefined) : !many && !isOpen)
    return undefined;
  const problem = flappingProblem(facts, now, incidents.get(known?.incidentId ?? -1));
  const isRouted = known?.toldAt !== undefined || timingOf(problem, recipient) !== undefined;
  return isRouted ? problem : undefined;
}

/** An incident that is no longer stored became part of another one: a late report showed that they are the same. */
function isAbout(
  notification: Notification,
  { problem, isFlapping }: Current,
  { incidents }: ReconcileInput,
): boolean {
  if (notification.isFlapping !== isFlapping || notification.condition !== problem.condition) return false;
  const { incidentId } = notification;
  if (isFlapping || incidentId === undefined || incidentId === problem.incident?.id) return true;
  return !incidents.has(incidentId);
}

function isUntoldDrift({ condition, isFlapping, toldAt }: Notification): boolean {
  return condition === 'drift' && !isFlapping && toldAt === undefined;
}

/** Undefined if it is dropped; the same object if nothing changes. */
function nextOf(
  before: Notification,
  problem: Problem | undefined,
  input: ReconcileInput,
): Notification | undefined {
  if (before.toldAt === undefined) return problem && waiting(before, problem, input);
  if (problem !== undefined) return lasting(before, problem, input.recipient);
  return before.overAt === undefined ? ended(before, input) : before;
}

/** Until a problem is told, routes are matched with what is true now. Interrupted silence begins again. */
function waiting(before: Notification, problem: Problem, input: ReconcileInput): Notification | undefined {
  const timing = timingOf(problem, input.recipient);
  if (timing === undefined) return undefined;
  const { condition, isFlapping } = before;
  const since = condition === 'unknown' || isFlapping ? before.since : problem.since;
  const due = isFlapping || flapsAsAlert(input, problem) ? 0 : timing.forMs;
  // It may have been recorded while this machine's clock was ahead.
  const recordedAt = Math.min(before.recordedAt, input.now);
  const dueAt = Math.max(dueAtOf({ since, recordedAt }, due), heldUntil(before, input.now));
  const incidentId = incidentIdOf(problem);
  const repeatMs = isFlapping ? FLAPPING_REPEAT_MS : timing.repeatMs;
  const isSame =
    since === before.since &&
    recordedAt === before.recordedAt &&
    dueAt === before.dueAt &&
    incidentId === before.incidentId &&
    repeatMs === before.repeatMs;
  return isSame ? before : { ...before, since, recordedAt, dueAt, incidentId, repeatMs };
}

/** No hold is longer than this. A longer one was made while this machine's clock was ahead. */
function heldUntil(notification: Notification, now: number): number {
  const until = notification.heldUntil ?? 0;
  return until > now + MUTED_MS ? 0 : until;
}

/** A problem that was told and lasts. If it was over for a moment and that was not told, it is not told now. */
function lasting(before: Notification, problem: Problem, recipient: Recipient): Notification {
  const told = before.told && toldNow(before.told, problem, recipient);
  const hasNews = told !== undefined && recipient.kind === 'messages' && isNews(told, problem);
  const incidentId = incidentIdOf(problem) ?? before.incidentId;
  const timing = before.isFlapping ? undefined : timingOf(problem, recipient);
  const repeatMs = timing?.repeatMs ?? before.repeatMs;
  const isSame =
    told === before.told &&
    before.overAt === undefined &&
    hasNews === before.hasNews &&
    incidentId === before.incidentId &&
    repeatMs === before.repeatMs;
  return isSame ? before : { ...before, told, hasNews, incidentId, repeatMs, overAt: undefined };
}

/** An alert is repeated with its present content, except for its labels. */
function toldNow(told: Problem, problem: Problem, { kind }: Recipient): Problem {
  const now = kind === 'alerts' ? { ...problem, labels: told.labels } : { ...told, resolution: undefined };
  return JSON.stringify(now) === JSON.stringify(told) ? told : now;
}

function ended(before: Notification, input: ReconcileInput): Notification {
  const { facts, now } = input;
  const { told } = before;
  const state = facts?.reported === undefined ? undefined : stateOf(facts.reported, now);
  const resolution = resolutionOf(before, input);
  return {
    ...before,
    overAt: now,
    hasNews: false,
    told: told && { ...told, state: state ?? told.state, resolution, next: undefined },
  };
}

function begin({ problem, isFlapping }: Current, input: ReconcileInput): Notification | undefined {
  const { recipient, targetId, recordedAt } = input;
  const timing = timingOf(problem, recipient);
  if (timing === undefined) return undefined;
  const { since, condition } = problem;
  const forMs = isFlapping || flapsAsAlert(input, problem) ? 0 : timing.forMs;
  return {
    id: undefined,
    targetId,
    condition,
    isFlapping,
    incidentId: incidentIdOf(problem),
    since,
    recordedAt,
    dueAt: dueAtOf({ since, recordedAt }, forMs),
    heldUntil: undefined,
    repeatMs: isFlapping ? FLAPPING_REPEAT_MS : timing.repeatMs,
    thread: undefined,
    told: undefined,
    toldAt: undefined,
    hasNews: false,
    overAt: undefined,
    closedAt: undefined,
    messageId: undefined,
  };
}

/** In an alert channel a target that flaps is told without waiting. */
function flapsAsAlert({ recipient, facts }: ReconcileInput, { condition }: Problem): boolean {
  return recipient.kind === 'alerts' && condition === 'drift' && flaps(facts?.recentIncidents ?? 0);
}

function timingOf(problem: Problem, { routing, name }: Recipient): Timing | undefined {
  return timingFor(routing, name, problem);
}

function incidentIdOf({ condition, incident }: Problem): number | undefined {
  return condition === 'drift' ? incident?.id : undefined;
}

function resolutionOf(
  { incidentId, isFlapping }: Notification,
  { incidents, facts, now }: ReconcileInput,
): Resolution {
  const incident = incidentId === undefined || isFlapping ? undefined : incidents.get(incidentId);
  if (incident?.resolvedAt === undefined) return { at: now, commit: facts?.reported?.commit, by: undefined };
  const by = resolverOf(incident);
  return { at: incident.resolvedAt, commit: by === 'hand' ? undefined : incident.resolvedCommit, by };
}
