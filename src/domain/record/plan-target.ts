import type { NewEvent } from '../event.ts';
import type { FindingRef } from '../finding.ts';
import { compareKeys, type HistoryKey } from '../history-key.ts';
import type { StoredIncident } from '../incident.ts';
import type { Labels } from '../labels.ts';
import { type Period, startOf } from '../period.ts';
import type { Report } from '../report.ts';
import type { Target } from '../target.ts';
import { stateOf } from '../target-status.ts';
import { type Accepted, staleAtOf } from './accepted.ts';
import { Course } from './course.ts';
import type { Facts, KnownTarget, Neighbours, RecordedStatus } from './facts.ts';
import { type IncidentChange, slotIntoIncidents } from './late-incidents.ts';
import { type LateReport, slotIntoPeriods } from './late-periods.ts';
import { Telling, toldBy } from './telling.ts';

/** What is written of one target. */
export interface TargetPlan {
  readonly target: Target;
  /** In the order of the history. */
  readonly reports: readonly NewReport[];
  readonly status: RecordedStatus;
  /** Periods that are over: those that are no longer, by their beginning, and those that are new or another. */
  readonly removedPeriods: readonly HistoryKey[];
  readonly writtenPeriods: readonly Period<FindingRef>[];
  /** New or changed, resolved ones first: at no time two are open. */
  readonly incidents: readonly StoredIncident[];
  /** Undefined where they stay as they are. */
  readonly labels: { readonly labels: Labels; readonly labelsAt: number } | undefined;
  /** Whether it was deleted and is back. */
  readonly isBack: boolean;
}

export interface NewReport {
  readonly report: Report;
  readonly findingId: number;
  readonly sourceId: number;
}

interface Context {
  readonly facts: Facts;
  readonly now: number;
  readonly newIncidentId: () => number;
}

interface AcceptedOfTarget {
  readonly target: Target;
  readonly known: KnownTarget | undefined;
  readonly accepted: readonly Accepted[];
}

/** Undefined where something has to be loaded first. */
export function planTarget(
  { target, known, accepted }: AcceptedOfTarget,
  context: Context,
): { readonly plan: TargetPlan; readonly events: readonly NewEvent[] } | undefined {
  const before = known?.status;
  const sorted = [...accepted].sort(compareKeys);
  const inOrder = sorted.filter((one) => before === undefined || one.checkedAt >= before.checkedAt);
  const late = sorted.slice(0, sorted.length - inOrder.length);
  const slotted = slotLate({ target, known, late }, context);
  if (slotted === undefined) return undefined;

  const labels = newestLabels(known, sorted);
  const isBack = comesBack(known, accepted);
  const telling = new Telling({
    target,
    labels: labels?.labels ?? known?.labels ?? {},
    now: context.now,
    announcedState: before?.announcedState,
    announcedCommit: before?.announcedCommit,
  });
  const isHidden = known?.deletedAt !== undefined && !isBack;
  // A target that comes back is told as it is, and so is whatever an import brings: nobody saw it happen.
  const isNet = isBack || accepted.some(({ origin }) => origin === 'import');
  const course = new Course(slotted.status, { ...context, telling: isNet || isHidden ? undefined : telling });
  course.takeIncidents(slotted.incidents);
  if (!isNet && !isHidden) tellLate(telling, slotted, { before, late });
  if (!inOrder.map((report) => course.append(report)).every(Boolean)) return undefined;
  const { status } = course;
  if (status === undefined) return undefined;
  if (isNet && !isHidden) tellNet(telling, { before, status, course, accepted: sorted });
  else if (!isHidden && inOrder.length > 0) tellSilence(telling, status, inOrder);

  const { announcedState, announcedCommit } = telling;
  const plan: TargetPlan = {
    target,
    reports: sorted.map(({ report, finding, sourceId }) => ({ report, findingId: finding.id, sourceId })),
    status: { ...status, announcedState: isHidden ? undefined : announcedState, announcedCommit },
    removedPeriods: slotted.removed.map(startOf),
    writtenPeriods: [...slotted.written, ...course.endedPeriods],
    incidents: [...course.incidents.values()].sort(resolvedFirst),
    labels,
    isBack,
  };
  return { plan, events: telling.events };
}

interface Slotted {
  readonly status: RecordedStatus | undefined;
  readonly removed: readonly Period<FindingRef>[];
  readonly written: readonly Period<FindingRef>[];
  readonly incidents: readonly IncidentChange[];
}

function slotLate(
  { target, known, late }: Omit<AcceptedOfTarget, 'accepted'> & { readonly late: readonly Accepted[] },
  { facts, newIncidentId }: Context,
): Slotted | undefined {
  const status = known?.status;
  if (late.length === 0 || status === undefined) return { status, removed: [], written: [], incidents: [] };
  const reports: LateReport[] = [];
  for (const one of late) {
    const loaded = facts.get({ kind: 'neighbours', target, at: one.checkedAt });
    if (loaded !== undefined) reports.push({ late: one, neighbours: upToDeletion(loaded.answer, known) });
  }
  if (reports.length < late.length) return undefined;
  const incidents = slotIntoIncidents(reports, { target, status, facts, newIncidentId });
  if (incidents === undefined) return undefined;
  const { status: slotted, ...periods } = slotIntoPeriods(status, reports);
  return { ...periods, incidents, status: late.reduce(withLate, slotted) };
}

function upToDeletion(neighbours: Neighbours, known: KnownTarget | undefined): Neighbours {
  const { before, after } = neighbours;
  return {
    ...neighbours,
    before: before && { ...before, staleAt: staleAtOf(before, known) },
    after: after && { ...after, staleAt: staleAtOf(after, known) },
  };
}

/** What a late report adds to the status beside periods and incidents. */
function withLate(status: RecordedStatus, { report, finding }: Accepted): RecordedStatus {
  const { syncStatus } = finding;
  const isLastSynced =
    syncStatus === 'SYNCED' && report.checkedAt >= (status.lastSyncedAt ?? report.checkedAt);
  const lastSynced = isLastSynced ? { lastSyncedAt: report.checkedAt, lastSyncedCommit: report.commit } : {};
  return {
    ...status,
    ...lastSynced,
    newestReceivedAt: Math.max(status.newestReceivedAt, report.receivedAt),
    newestLastCheckAt: Math.max(status.newestLastCheckAt, report.lastCheckAt),
    reports: { ...status.reports, [syncStatus]: status.reports[syncStatus] + 1 },
  };
}

/** Late reports say nothing of now, but for the incidents and where a state began. */
function tellLate(
  telling: Telling,
  slotted: Slotted,
  { before, late }: { before: RecordedStatus | undefined; late: readonly Accepted[] },
): void {
  telling.tellIncidentChanges(slotted.incidents, { origin: 'late', actor: late.at(-1)?.actor });
  if (before === undefined || slotted.status === undefined) return;
  const state = stateOf(slotted.status, telling.now);
  if (state === stateOf(before, telling.now)) return;
  telling.tellState(state, { origin: 'late', effectiveAt: telling.now, incident: slotted.status.incident });
}

/** A report that has run out when it is recorded is told as what it said, and as silence since. */
function tellSilence(telling: Telling, status: RecordedStatus, inOrder: readonly Accepted[]): void {
  if (stateOf(status, telling.now) !== 'STALE') return;
  const last = inOrder.at(-1);
  const told = last === undefined ? {} : toldBy(last);
  const { incident } = status;
  const effectiveAt = Math.min(status.staleAt, telling.now);
  telling.tellState('STALE', { ...told, origin: 'report', incident, effectiveAt });
}

/** The difference between before and after, as one. */
function tellNet(
  telling: Telling,
  {
    before,
    status,
    course,
    accepted,
  }: {
    before: RecordedStatus | undefined;
    status: RecordedStatus;
    course: Course;
    accepted: readonly Accepted[];
  },
): void {
  const newest = accepted.at(-1);
  if (newest === undefined) return;
  const isNewest = compareKeys(newest, status) === 0;
  const origin = newest.origin;
  const told = { ...toldBy(newest), origin, incident: status.incident };
  const state = stateOf(status, telling.now);
  const isAdded = telling.announcedState === undefined;
  const wasTold = before !== undefined && state === stateOf(before, telling.now);
  const effectiveAt = state === 'STALE' ? Math.min(status.staleAt, telling.now) : status.since;
  if (isAdded || !wasTold) {
    telling.tellState(state, { ...told, effectiveAt, kind: isAdded ? 'target_added' : 'state_changed' });
  }
  if (isNewest) telling.tellCommit(status.commit, told);
  telling.tellIncidentChanges(course.incidentChanges(), { origin, actor: newest.actor });
}

/** Of several reports of one instant the later arrival counts. */
function newestLabels(known: KnownTarget | undefined, sorted: readonly Accepted[]): TargetPlan['labels'] {
  const newest = sorted.findLast(({ report }) => report.labels !== undefined)?.report;
  if (newest?.labels === undefined) return undefined;
  if (known?.labelsAt !== undefined && newest.checkedAt < known.labelsAt) return undefined;
  return { labels: newest.labels, labelsAt: newest.checkedAt };
}

/** Only a report that was checked since brings a deleted target back, not what is older or imported. */
function comesBack(known: KnownTarget | undefined, accepted: readonly Accepted[]): boolean {
  const deletedAt = known?.deletedAt;
  if (deletedAt === undefined) return false;
  return accepted.some(({ origin, checkedAt }) => origin === 'report' && checkedAt > deletedAt);
}

function resolvedFirst(a: StoredIncident, b: StoredIncident): number {
  return Number(a.resolvedAt === undefined) - Number(b.resolvedAt === undefined);
}
