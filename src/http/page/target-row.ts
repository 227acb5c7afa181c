import { fileNames } from '../../domain/finding.ts';
import { compareText } from '../../domain/target.ts';
import { compareUrgency } from '../../domain/urgency.ts';
import type { FleetQuery, Standing } from '../../render/page/fleet-view.ts';
import type { IncidentRow } from '../../render/page/incident-table.tsx';
import type { StoredIncident, TargetStatus } from '../../store/store.ts';
import { sinceOf, stateOf } from '../schemas/status.ts';

/** Where a target stands, as the pages have it. */
export function toStanding(status: TargetStatus, now: number): Standing {
  const { target, finding } = status;
  return {
    ...target,
    state: stateOf(status, now),
    since: sinceOf(status, now),
    checkedAt: status.checkedAt,
    syncStatus: finding.syncStatus,
    driftCount: finding.driftCount,
    files: fileNames(finding.files),
    commit: status.commit,
    runUrl: status.runUrl,
    error: status.error,
    incident: status.incident,
  };
}

export function toIncidentView({ target, ...incident }: StoredIncident, now: number): IncidentRow {
  const { openedAt, resolvedAt } = incident;
  // A reporter's clock may run ahead of ours: an incident opened "later" has not lasted yet.
  return { ...incident, ...target, durationMs: Math.max(0, (resolvedAt ?? now) - openedAt) };
}

/** Whether every word of a search is somewhere in what something is called. */
export function matchesSearch(
  q: string | undefined,
  { repo, server, files }: Pick<Standing, 'repo' | 'server' | 'files'>,
): boolean {
  if (q === undefined) return true;
  const text = [repo, server, ...files].join('\n').toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The order that was asked for; what is equal in it comes by urgency. */
export function compareStandings({ sort, desc }: Pick<FleetQuery, 'sort' | 'desc'>) {
  const compare = COMPARE[sort];
  const direction = desc ? -1 : 1;
  return (a: Standing, b: Standing): number =>
    direction * compare(a, b) ||
    compareUrgency(a, b) ||
    compareText(a.repo, b.repo) ||
    compareText(a.server, b.server);
}

const COMPARE: Readonly<Record<FleetQuery['sort'], (a: Standing, b: Standing) => number>> = {
  urgency: compareUrgency,
  repo: (a, b) => compareText(a.repo, b.repo),
  server: (a, b) => compareText(a.server, b.server),
  drift: (a, b) => a.driftCount - b.driftCount,
  since: (a, b) => a.since - b.since,
  checked: (a, b) => a.checkedAt - b.checkedAt,
};
