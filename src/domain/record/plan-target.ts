import type { NewEvent } from '../event.ts';
import type { FindingRef } from '../finding.ts';
import { compareKeys, type HistoryKey } from '../history-key.ts';
import type { StoredIncident } from '../incident.ts';
import { type Period, startOf } from '../period.ts';
import type { Labels, Target } from '../target.ts';
import { stateOf } from '../target-status.ts';
import { type Accepted, staleAtOf } from './accepted.ts';
import {
  announcedStateOf,
  type ExistingTarget,
  type Facts,
  type Neighbours,
  type RecordedStatus,
} from './facts.ts';
import { type IncidentChange, slotIntoIncidents } from './late-incidents.ts';
import { type LateReport, slotIntoPeriods } from './late-periods.ts';
import { eventDetailsOf, TargetEvents } from './target-events.ts';
import { TargetFold, withOneMore } from './target-fold.ts';

/** The rows to write for one target. */
export interface TargetPlan {
  readonly target: Target;
  /** In the order of the history. */
  readonly reports: readonly Accepted[];
  readonly status: RecordedStatus;
  /** Periods that are over: removed ones by their start, then new and changed ones. */
  readonly removedPeriods: readonly HistoryKey[];
  readonly writtenPeriods: readonly Period<FindingRef>[];
  /** New and changed incidents, resolved ones first, so that two are never open at the same time. */
  readonly incidents: readonly StoredIncident[];
  /** Undefined if the labels do not change. */
  readonly labels: { readonly labels: Labels; readonly labelsAt: number } | undefined;
  /** Whether a deleted target comes back. */
  readonly isBack: boolean;
}

interface Context {
  readonly facts: Facts;
  readonly now: number;
  readonly newIncidentId: () => number;
}

interface AcceptedOfTarget {
  readonly target: Target;
  readonly existing: ExistingTarget | undefined;
  readonly accepted: readonly Accepted[];
}

/** Undefined if something has to be loaded first. */
export function planTarget(
  { target, existing, accepted }: AcceptedOfTarget,
  context: Context,
): { readonly plan: TargetPlan; readonly events: readonly NewEvent[] } | undefined {
  const before = existing?.status;
  const sorted = [...accepted].sort(compareKeys);
  const inOrder = sorted.filter((one) => before === undefined || one.checkedAt >= before.checkedAt);
  const late = sorted.slice(0, sorted.length - inOrder.length);
  const slotted = slotLate({ target, existing, late }, context);
  if (slotted === undefined) return undefined;

  const labels = newestLabels(existing, sorted);
  const isBack = comesBack(existing, accepted);
  const events = new TargetEvents({
    target,
    labels: labels?.labels ?? existing?.labels ?? {},
    now: context.now,
    announcedState: announcedStateOf(existing),
    announcedCommit: before?.announcedCommit,
  });
  const isHidden = existing?.deletedAt !== undefined && !isBack;
  // A target that comes back, and an import, get one event for the net change, not one for each report.
  const isNet = isBack || accepted.some(({ origin }) => origin === 'import');
  const fold = new TargetFold(slotted.status, { ...context, events: isNet || isHidden ? undefined : events });
  fold.takeIncidents(slotted.incidents);
  if (!isNet && !isHidden) addLateEvents(events, slotted, { before, late });
  if (!inOrder.map((report) => fold.append(report)).every(Boolean)) return undefined;
  const { status } = fold;
  if (status === undefined) return undefined;
  if (isNet && !isHidden) addNetEvents(events, { before, status, fold, accepted: sorted });
  else if (!isHidden && inOrder.length > 0) addStaleEvent(events, status, inOrder);

  const { announcedState, announcedCommit } = events;
  const plan: TargetPlan = {
    target,
    reports: sorted,
    status: announced(status, { announcedState: isHidden ? undefined : announcedState, announcedCommit }),
    removedPeriods: slotted.removed.map(startOf),
    writtenPeriods: [...slotted.written, ...fold.endedPeriods],
    incidents: [...fold.incidents.values()].sort(resolvedFirst),
    labels,
    isBack,
  };
  return { plan, events: events.list };
}

type Announced = Pick<RecordedStatus, 'announcedState' | 'announcedCommit'>;

/** The status with what its events say. The usual report has none, and its status says so already. */
function announced(status: RecordedStatus, { announcedState, announcedCommit }: Announced): RecordedStatus {
  const isSaid = status.announcedState === announcedState && status.announcedCommit === announcedCommit;
  return isSaid ? status : { ...status, announcedState, announcedCommit };
}

interface Slotted {
  readonly status: RecordedStatus | undefined;
  readonly removed: readonly Period<FindingRef>[];
  readonly written: readonly Period<FindingRef>[];
  readonly incidents: readonly IncidentChange[];
}

function slotLate(
  { target, existing, late }: Omit<AcceptedOfTarget, 'accepted'> & { readonly late: readonly Accepted[] },
  { facts, newIncidentId }: Context,
): Slotted | undefined {
  const status = existing?.status;
  if (late.length === 0 || status === undefined) return { status, removed: [], written: [], incidents: [] };
  const reports: LateReport[] = [];
  for (const one of late) {
    const loaded = facts.get({ kind: 'neighbours', target, at: one.checkedAt });
    if (loaded !== undefined) reports.push({ late: one, neighbours: upToDeletion(loaded.answer, existing) });
  }
  if (reports.length < late.length) return undefined;
  const incidents = slotIntoIncidents(reports, { target, status, facts, newIncidentId });
  if (incidents === undefined) return undefined;
  const { status: slotted, ...periods } = slotIntoPeriods(status, reports);
  return { ...periods, incidents, status: late.reduce(withLate, slotted) };
}

function upToDeletion(neighbours: Neighbours, existing: ExistingTarget | undefined): Neighbours {
  const { before, after } = neighbours;
  return {
    ...neighbours,
    before: before && { ...before, staleAt: staleAtOf(before, existing) },
    after: after && { ...after, staleAt: staleAtOf(after, existing) },
  };
}

/** What a late report changes in the status, apart from periods and incidents. */
function withLate(status: RecordedStatus, late: Accepted): RecordedStatus {
  const { syncStatus } = late.finding;
  const isLastSynced = syncStatus === 'SYNCED' && late.checkedAt >= (status.lastSyncedAt ?? late.checkedAt);
  const lastSynced = isLastSynced ? { lastSyncedAt: late.checkedAt, lastSyncedCommit: late.commit } : {};
  return {
    ...status,
    ...lastSynced,
    newestReceivedAt: Math.max(status.newestReceivedAt, late.receivedAt),
    newestLastCheckAt: Math.max(status.newestLastCheckAt, late.lastCheckAt),
    reports: withOneMore(status.reports, syncStatus),
  };
}

/** Late reports change incidents and the start of the state, but rarely the state itself. */
function addLateEvents(
  events: TargetEvents,
  slotted: Slotted,
  { before, late }: { before: RecordedStatus | undefined; late: readonly Accepted[] },
): void {
  events.addIncidentChanges(slotted.incidents, { origin: 'late', actor: late.at(-1)?.actor });
  if (before === undefined || slotted.status === undefined) return;
  const state = stateOf(slotted.status, events.now);
  if (state === stateOf(before, events.now)) return;
  events.addState(state, { origin: 'late', effectiveAt: events.now, incident: slotted.status.incident });
}

/** A report whose `staleAt` has passed when it is recorded: STALE follows its own state. */
function addStaleEvent(events: TargetEvents, status: RecordedStatus, inOrder: readonly Accepted[]): void {
  if (stateOf(status, events.now) !== 'STALE') return;
  const last = inOrder.at(-1);
  const details = last === undefined ? {} : eventDetailsOf(last);
  const { incident } = status;
  const effectiveAt = Math.min(status.staleAt, events.now);
  events.addState('STALE', { ...details, origin: 'report', incident, effectiveAt });
}

/** One event for the net change of the whole transaction. */
function addNetEvents(
  events: TargetEvents,
  {
    before,
    status,
    fold,
    accepted,
  }: {
    before: RecordedStatus | undefined;
    status: RecordedStatus;
    fold: TargetFold;
    accepted: readonly Accepted[];
  },
): void {
  const newest = accepted.at(-1);
  if (newest === undefined) return;
  const isNewest = compareKeys(newest, status) === 0;
  const origin = newest.origin;
  const details = { ...eventDetailsOf(newest), origin, incident: status.incident };
  const state = stateOf(status, events.now);
  const isAdded = events.announcedState === undefined;
  const isSameState = before !== undefined && state === stateOf(before, events.now);
  const effectiveAt = state === 'STALE' ? Math.min(status.staleAt, events.now) : status.since;
  if (isAdded || !isSameState) {
    events.addState(state, { ...details, effectiveAt, kind: isAdded ? 'target_added' : 'state_changed' });
  }
  if (isNewest) events.addCommit(status.commit, details);
  events.addIncidentChanges(fold.incidentChanges(), { origin, actor: newest.actor });
}

/** Of several reports of one instant, the later arrival counts. */
function newestLabels(
  existing: ExistingTarget | undefined,
  sorted: readonly Accepted[],
): TargetPlan['labels'] {
  const newest = sorted.findLast(({ posted }) => posted.labels !== undefined);
  if (newest?.posted.labels === undefined) return undefined;
  if (existing?.labelsAt !== undefined && newest.checkedAt < existing.labelsAt) return undefined;
  return { labels: newest.posted.labels, labelsAt: newest.checkedAt };
}

/** A deleted target only comes back by a report that was checked after the deletion, not by an import. */
function comesBack(existing: ExistingTarget | undefined, accepted: readonly Accepted[]): boolean {
  const deletedAt = existing?.deletedAt;
  if (deletedAt === undefined) return false;
  return accepted.some(({ origin, checkedAt }) => origin === 'report' && checkedAt > deletedAt);
}

function resolvedFirst(a: StoredIncident, b: StoredIncident): number {
  return Number(a.resolvedAt === undefined) - Number(b.resolvedAt === undefined);
}
