import type { FileList } from '../file-list.ts';
import { groupBy } from '../group-by.ts';
import type { StoredIncident } from '../incident.ts';
import { compareText } from '../target.ts';
import { complianceOf } from './compliance.ts';

/** The incidents of one target with the same set of files. */
export interface IncidentSet {
  readonly files: FileList;
  /** Whether files differed that were not named. */
  readonly unnamed: boolean;
  readonly times: number;
  /** The median of how long they lasted; an open one until the instant that was asked about. */
  readonly medianMs: number;
  /** The newest of them. */
  readonly latest: Pick<StoredIncident, 'id' | 'openedAt' | 'cause'>;
  /** Whether it is open. */
  readonly isOpen: boolean;
}

/** A line per set of files: the open one first, then the most frequent, then the newest. */
export function incidentSetsOf(incidents: readonly StoredIncident[], at: number): IncidentSet[] {
  const groups = groupBy(incidents, ({ files, unnamed }) => JSON.stringify([files, unnamed]));
  return [...groups.values()]
    .flatMap((group) => setOf(group, at) ?? [])
    .sort(
      (a, b) =>
        Number(b.isOpen) - Number(a.isOpen) ||
        b.times - a.times ||
        b.latest.openedAt - a.latest.openedAt ||
        compareText(a.files.names.join(), b.files.names.join()),
    );
}

function setOf(group: readonly StoredIncident[], at: number): IncidentSet | undefined {
  const [latest] = [...group].sort((a, b) => b.openedAt - a.openedAt);
  if (latest === undefined) return undefined;
  const lasted = group.map(({ openedAt, resolvedAt = Math.max(at, openedAt) }) => ({ openedAt, resolvedAt }));
  return {
    files: latest.files,
    unnamed: latest.unnamed,
    times: group.length,
    medianMs: complianceOf([], lasted).medianTimeToResolveMs ?? 0,
    latest,
    isOpen: group.some(({ resolvedAt }) => resolvedAt === undefined),
  };
}
