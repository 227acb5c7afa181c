import type { FileList } from '../file-list.ts';
import { groupBy } from '../group-by.ts';
import type { Incident } from '../incident.ts';
import { compareTargets, compareText, type Target } from '../target.ts';
import { complianceOf } from './compliance.ts';

/** The same files of the same target, drifting again and again. */
export interface Recurrence {
  readonly target: Target;
  readonly files: FileList;
  readonly times: number;
  readonly lastOpenedAt: number;
  /** Whether one of them is still open. */
  readonly open: boolean;
  /** Of the resolved incidents; undefined where there are none. */
  readonly medianTimeToResolveMs: number | undefined;
}

interface TargetIncident extends Incident {
  readonly target: Target;
}

/**
 * Incidents that came back: at least two of one target with the same set of files. The most frequent come first, then
 * the latest. Incidents without file names are left out, because they cannot be compared.
 */
export function recurrencesOf(incidents: readonly TargetIncident[]): Recurrence[] {
  const named = incidents.filter(({ files }) => files.names.length > 0);
  const groups = groupBy(named, ({ target, files }) => JSON.stringify([target.repo, target.server, files]));
  return [...groups.values()]
    .flatMap((group) => recurrenceOf(group) ?? [])
    .sort(
      (a, b) =>
        b.times - a.times ||
        b.lastOpenedAt - a.lastOpenedAt ||
        compareTargets(a.target, b.target) ||
        compareText(a.files.names.join(), b.files.names.join()),
    );
}

function recurrenceOf(group: readonly TargetIncident[]): Recurrence | undefined {
  const [first, second] = group;
  if (first === undefined || second === undefined) return undefined;
  return {
    target: first.target,
    files: first.files,
    times: group.length,
    lastOpenedAt: group.reduce((latest, { openedAt }) => Math.max(latest, openedAt), first.openedAt),
    open: group.some(({ resolvedAt }) => resolvedAt === undefined),
    medianTimeToResolveMs: complianceOf([], group).medianTimeToResolveMs,
  };
}
