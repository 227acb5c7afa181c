import { fileNames } from './finding.ts';
import type { Period } from './period.ts';
import { compareText } from './target.ts';

/**
 * `host_changed`: the commit is the one that was last SYNCED, so somebody touched the server.
 * `commit_not_applied`: a newer commit is not on the server yet.
 */
type Cause = 'host_changed' | 'commit_not_applied';

/** Opens at the first OUT_OF_SYNC after a SYNCED (or the first ever), resolves at the next SYNCED. */
export interface Incident {
  readonly openedAt: number;
  /** When the report that opened it arrived. */
  readonly receivedAt: number;
  readonly resolvedAt: number | undefined;
  /** Undefined where the commits are not known. */
  readonly cause: Cause | undefined;
  readonly maxDriftCount: number;
  /** The names of all files that drifted while it was open, in order. */
  readonly files: readonly string[];
  readonly openedCommit: string | undefined;
  readonly resolvedCommit: string | undefined;
  readonly openedRunUrl: string | undefined;
  readonly resolvedRunUrl: string | undefined;
}

/**
 * The incident as it is after a period, given the one that is open: opened, grown, resolved, or the very same.
 * UNKNOWN neither opens nor resolves, and neither does silence.
 */
export function observe(
  open: Incident | undefined,
  period: Period,
  lastSyncedCommit: string | undefined,
): Incident | undefined {
  switch (period.finding.syncStatus) {
    case 'UNKNOWN':
      return open;
    case 'SYNCED':
      return open && resolve(open, period);
    case 'OUT_OF_SYNC':
      return open === undefined ? openAt(period, lastSyncedCommit) : grow(open, period);
  }
}

/** All incidents of consecutive periods. `lastSyncedCommit`: of the last SYNCED period before them. */
export function foldIncidents(periods: readonly Period[], lastSyncedCommit?: string | undefined): Incident[] {
  const incidents: Incident[] = [];
  let open: Incident | undefined;
  let syncedCommit = lastSyncedCommit;
  for (const period of periods) {
    open = observe(open, period, syncedCommit);
    if (period.finding.syncStatus !== 'SYNCED') continue;
    if (open !== undefined) incidents.push(open);
    open = undefined;
    syncedCommit = period.commit;
  }
  if (open !== undefined) incidents.push(open);
  return incidents;
}

function openAt(period: Period, lastSyncedCommit: string | undefined): Incident {
  return {
    openedAt: period.startedAt,
    receivedAt: period.receivedAt,
    resolvedAt: undefined,
    cause: causeOf(period.commit, lastSyncedCommit),
    maxDriftCount: period.finding.driftCount,
    files: fileNames(period.finding.files),
    openedCommit: period.commit,
    resolvedCommit: undefined,
    openedRunUrl: period.runUrl,
    resolvedRunUrl: undefined,
  };
}

function grow(open: Incident, period: Period): Incident {
  const files = new Set(open.files);
  for (const name of fileNames(period.finding.files)) files.add(name);
  const maxDriftCount = Math.max(open.maxDriftCount, period.finding.driftCount);
  if (files.size === open.files.length && maxDriftCount === open.maxDriftCount) return open;
  return { ...open, maxDriftCount, files: [...files].sort(compareText) };
}

function resolve(open: Incident, period: Period): Incident {
  return {
    ...open,
    resolvedAt: period.startedAt,
    resolvedCommit: period.commit,
    resolvedRunUrl: period.runUrl,
  };
}

function causeOf(commit: string | undefined, lastSyncedCommit: string | undefined): Cause | undefined {
  if (commit === undefined || lastSyncedCommit === undefined) return undefined;
  return commit === lastSyncedCommit ? 'host_changed' : 'commit_not_applied';
}
