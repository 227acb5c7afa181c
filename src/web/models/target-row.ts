import { lastDriftCount } from '../../domain/drift-count.ts';
import { fileNames } from '../../domain/finding.ts';
import type { Mute } from '../../domain/mute.ts';
import { nextOfStatus } from '../../domain/questions/next-of-status.ts';
import type { StatusDetails, TargetIncident } from '../../domain/questions/reader.ts';
import type { State } from '../../domain/state.ts';
import { compareText } from '../../domain/target.ts';
import { sinceOf, stateOf } from '../../domain/target-status.ts';
import { compareUrgency } from '../../domain/urgency.ts';
import type { FleetQuery, TargetRow } from '../views/fleet-view.ts';
import type { IncidentRow } from '../views/incident-table.tsx';

/** `mute` is the mute of everything that is wrong with it. */
export function toTargetRow(
  status: StatusDetails,
  { now, mute }: { now: number; mute: Mute | undefined },
): TargetRow {
  const { target, finding } = status;
  const state = stateOf(status, now);
  return {
    repo: target.repo,
    server: target.server,
    labels: status.labels,
    state,
    worst: isOutOfSync({ state, incident: status.incident }) ? 'OUT_OF_SYNC' : state,
    // Silence between two checks does not make a drift younger.
    since: status.incident?.openedAt ?? sinceOf(status, now),
    stateSince: sinceOf(status, now),
    checkedAt: status.checkedAt,
    syncStatus: finding?.syncStatus,
    driftCount: lastDriftCount(finding, state),
    files: fileNames(finding?.files ?? []),
    commit: status.commit,
    runUrl: status.runUrl,
    error: status.error,
    incident: status.incident,
    next: nextOfStatus(status, now),
    acknowledgement: status.acknowledgement,
    mute,
  };
}

export function toIncidentView(
  { target, ...incident }: TargetIncident,
  { now, mute }: { now: number; mute: Mute | undefined },
): IncidentRow {
  const { openedAt, resolvedAt } = incident;
  // If this server's clock was turned back, an incident may have opened in the future.
  return { ...incident, ...target, mute, durationMs: Math.max(0, (resolvedAt ?? now) - openedAt) };
}

/** Whether a person has to do something about a target. If it is muted, it waits. */
export function needsSomeone(row: TargetRow): boolean {
  return isWrong(row) && row.mute === undefined;
}

/** Whether something is wrong with a target, and all of it is muted. */
export function isLeft(row: TargetRow): boolean {
  return isWrong(row) && row.mute !== undefined;
}

/** Whether it is not SYNCED, or an incident is open. */
export function isWrong({ state, incident }: TargetRow): boolean {
  return state !== 'SYNCED' || incident !== undefined;
}

/** Silence and failed checks do not hide a drift: a target with an open incident is out of sync too. */
export function isOutOfSync({ state, incident }: Pick<TargetRow, 'state' | 'incident'>): boolean {
  return state === 'OUT_OF_SYNC' || incident !== undefined;
}

/** Whether every word of a search occurs in the names or the commit. */
export function matchesSearch(
  q: string | undefined,
  {
    repo,
    server,
    files,
    commit = '',
  }: Pick<TargetRow, 'repo' | 'server' | 'files'> & { commit?: string | undefined },
): boolean {
  if (q === undefined) return true;
  const text = [repo, server, commit, ...files].join('\n').toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Sorts by the requested column, then by urgency. */
export function compareRows({ sort, desc }: Pick<FleetQuery, 'sort' | 'desc'>) {
  const compare = COMPARE[sort];
  const direction = desc ? -1 : 1;
  return (a: TargetRow, b: TargetRow): number =>
    direction * compare(a, b) ||
    byUrgency(a, b) ||
    compareText(a.repo, b.repo) ||
    compareText(a.server, b.server);
}

/** Muted targets come last, because somebody has seen them. */
function byUrgency(a: TargetRow, b: TargetRow): number {
  return Number(isLeft(a)) - Number(isLeft(b)) || compareUrgency(urgencyOf(a), urgencyOf(b));
}

export function urgencyOf({ worst, since }: TargetRow): { state: State; since: number } {
  return { state: worst, since };
}

/** An unknown count is sorted before any known one, but it is not zero. */
const NOT_COUNTED = 0.5;

const COMPARE: Readonly<Record<FleetQuery['sort'], (a: TargetRow, b: TargetRow) => number>> = {
  urgency: byUrgency,
  repo: (a, b) => compareText(a.repo, b.repo),
  server: (a, b) => compareText(a.server, b.server),
  drift: (a, b) => (a.driftCount ?? NOT_COUNTED) - (b.driftCount ?? NOT_COUNTED),
  since: (a, b) => a.since - b.since,
  // A target without a check comes before the one with the oldest check.
  checked: (a, b) => (a.checkedAt ?? 0) - (b.checkedAt ?? 0),
};
