import { compareKeys, type HistoryKey } from '../history-key.ts';
import {
  type Drift,
  driftOf,
  driftOfIncident,
  type Incident,
  mergeDrifts,
  openIncident,
  resolveIncident,
  type StoredIncident,
  type SyncedReport,
} from '../incident.ts';
import { endOf, startOf } from '../period.ts';
import type { Target } from '../target.ts';
import type { Accepted } from './accepted.ts';
import { currentPeriod, type Facts, type RecordedStatus } from './facts.ts';
import { isInside, type LateReport, periodsAround } from './late-periods.ts';

/** The time between two consecutive SYNCED reports, with at most one incident in it. */
interface Stretch {
  readonly after: SyncedReport | undefined;
  readonly before: SyncedReport | undefined;
  readonly incident: StoredIncident | undefined;
  readonly late: Accepted[];
}

/** The incident of a stretch before, and its incidents now. */
export interface IncidentChange {
  readonly before: StoredIncident | undefined;
  readonly after: readonly StoredIncident[];
}

interface Context {
  readonly target: Target;
  readonly status: RecordedStatus;
  readonly facts: Facts;
  readonly newIncidentId: () => number;
}

/** Merges late reports, in order, into the incidents of their target. Undefined if something has to be loaded first. */
export function slotIntoIncidents(
  reports: readonly LateReport[],
  context: Context,
): IncidentChange[] | undefined {
  const changes: IncidentChange[] = [];
  let isComplete = true;
  for (const stretch of stretchesOf(reports, context.status)) {
    const change = changeOf(stretch, context);
    if (change === undefined) isComplete = false;
    else changes.push(change);
  }
  return isComplete ? changes : undefined;
}

function stretchesOf(reports: readonly LateReport[], status: RecordedStatus): Stretch[] {
  const stretches = new Map<string, Stretch>();
  for (const report of reports) {
    const { late } = report;
    if (late.finding.syncStatus === 'UNKNOWN') continue;
    const after = syncedBefore(report, status);
    const name = after === undefined ? 'start' : `${after.checkedAt} ${after.receivedAt}`;
    const before = syncedAfter(report, status);
    const incident = incidentOf(report, { after, before });
    const stretch = stretches.get(name) ?? { after, before, incident, late: [] };
    stretch.late.push(late);
    stretches.set(name, stretch);
  }
  return [...stretches.values()];
}

function syncedBefore(report: LateReport, status: RecordedStatus): SyncedReport | undefined {
  const { late, neighbours } = report;
  const { period } = periodsAround(report, status);
  if (period?.finding.syncStatus === 'SYNCED' && isInside(late, period)) return neighbours.before;
  const current = currentPeriod(status);
  const isCurrent = current.finding.syncStatus === 'SYNCED' && current.startedAt <= late.checkedAt;
  const synced = isCurrent ? current : neighbours.syncedPeriod;
  return synced && { ...endOf(synced), commit: synced.commit, runUrl: undefined };
}

function syncedAfter(report: LateReport, status: RecordedStatus): SyncedReport | undefined {
  const { late, neighbours } = report;
  const { period } = periodsAround(report, status);
  if (period?.finding.syncStatus === 'SYNCED' && isInside(late, period)) return neighbours.after;
  const current = currentPeriod(status);
  const isCurrent = current.finding.syncStatus === 'SYNCED' && current.startedAt > late.checkedAt;
  const synced = neighbours.nextSyncedPeriod ?? (isCurrent ? current : undefined);
  return synced && { ...startOf(synced), commit: synced.commit, runUrl: synced.runUrl };
}

function incidentOf(
  { neighbours }: LateReport,
  { after, before }: Pick<Stretch, 'after' | 'before'>,
): StoredIncident | undefined {
  const { incident, nextIncident } = neighbours;
  if (incident !== undefined && isBetween(openingOf(incident), after, before)) return incident;
  if (nextIncident !== undefined && isBetween(openingOf(nextIncident), after, before)) return nextIncident;
  return undefined;
}

/** The incident in a part of a stretch. */
interface Part {
  readonly incident: Incident;
  /** Whether some of its drift was recorded before. */
  readonly hasExisting: boolean;
}

function changeOf(stretch: Stretch, context: Context): IncidentChange | undefined {
  const parts: Part[] = [];
  let isComplete = true;
  for (const { after, before } of boundariesOf(stretch)) {
    const existing = existingDrift(stretch, { after, before }, context);
    if (existing === 'undecided') {
      isComplete = false;
      continue;
    }
    const late = stretch.late
      .filter((one) => one.finding.syncStatus === 'OUT_OF_SYNC' && isBetween(one, after, before))
      .map(driftOf);
    const drift = mergeInOrder(existing === undefined ? late : [...late, existing]);
    if (drift === undefined) continue;
    const opened = openIncident(drift, after);
    parts.push({
      incident: before === undefined ? opened : resolveIncident(opened, before),
      hasExisting: existing !== undefined,
    });
  }
  return isComplete
    ? { before: stretch.incident, after: withIds(parts, stretch.incident, context) }
    : undefined;
}

/** The parts of a stretch: it is cut by late SYNCED reports. */
function boundariesOf({ after, before, late }: Stretch): Pick<Stretch, 'after' | 'before'>[] {
  const cuts: SyncedReport[] = late.filter(({ finding }) => finding.syncStatus === 'SYNCED');
  return [after, ...cuts].map((start, i) => ({ after: start, before: cuts[i] ?? before }));
}

/** The stored drift between two SYNCED reports. The incident has it, unless a late SYNCED report cuts the incident. */
function existingDrift(
  { incident, after: startOfStretch, before: endOfStretch }: Stretch,
  { after, before }: Pick<Stretch, 'after' | 'before'>,
  { target, facts }: Context,
): Drift | 'undecided' | undefined {
  if (incident === undefined) return undefined;
  const opening = openingOf(incident);
  if (before !== undefined && compareKeys(before, opening) < 0) return undefined;
  const isWhole = before === endOfStretch && (after === undefined || compareKeys(after, opening) < 0);
  if (isWhole) return driftOfIncident(incident);
  const { deployed } = incident;
  const isDeployedHere = deployed !== undefined && isPartOf(deployed.at, { after, before }, startOfStretch);
  const withDeploys = deployed !== undefined && !isDeployedHere;
  const loaded = facts.get({
    kind: 'drift',
    target,
    after: keyOf(after),
    before: keyOf(before),
    withDeploys,
  });
  if (loaded === undefined) return 'undecided';
  // The last deploy of the incident is also the last one of the part that it belongs to.
  return isDeployedHere && loaded.answer !== undefined ? { ...loaded.answer, deployed } : loaded.answer;
}

/**
 * Whether an OUT_OF_SYNC report of an instant belongs to a part of a stretch. A late SYNCED report comes after others
 * of the same instant.
 */
function isPartOf(
  at: number,
  { after, before }: Pick<Stretch, 'after' | 'before'>,
  startOfStretch: SyncedReport | undefined,
): boolean {
  const isAfter =
    after === undefined || at > after.checkedAt || (after === startOfStretch && at === after.checkedAt);
  return isAfter && (before === undefined || at <= before.checkedAt);
}

function mergeInOrder(drifts: readonly Drift[]): Drift | undefined {
  const [first, ...rest] = [...drifts].sort((a, b) => compareKeys(a.opening, b.opening));
  return first && rest.reduce(mergeDrifts, first);
}

/** The open part keeps the id of the existing incident, otherwise the first part does. */
function withIds(
  parts: readonly Part[],
  incident: StoredIncident | undefined,
  { newIncidentId }: Context,
): StoredIncident[] {
  const heirs = parts.filter(({ hasExisting }) => hasExisting);
  const heir = heirs.find((part) => part.incident.resolvedAt === undefined) ?? heirs[0];
  return parts.map((part) => ({
    ...part.incident,
    id: part === heir && incident !== undefined ? incident.id : newIncidentId(),
  }));
}

function openingOf({ openedAt, receivedAt }: Incident): HistoryKey {
  return { checkedAt: openedAt, receivedAt };
}

function isBetween(key: HistoryKey, after: HistoryKey | undefined, before: HistoryKey | undefined): boolean {
  return (
    (after === undefined || compareKeys(key, after) > 0) &&
    (before === undefined || compareKeys(key, before) < 0)
  );
}

function keyOf(report: SyncedReport | undefined): HistoryKey | undefined {
  return report && { checkedAt: report.checkedAt, receivedAt: report.receivedAt };
}
