import type { FindingRef } from './finding.ts';
import { formatInstant } from './instant.ts';
import type { Period } from './period.ts';
import type { Report } from './report.ts';

/** What age takes: raw reports checked before the one instant, periods and incidents that are over before the other. */
export interface Horizons {
  readonly reportsBefore: number;
  readonly historyBefore: number;
}

/** How much was taken, in rows; `bytes` is what was given back to the file system. */
export interface Pruned {
  readonly reports: number;
  readonly periods: number;
  readonly incidents: number;
  readonly findings: number;
  readonly sources: number;
  readonly bytes: number;
}

export const NOTHING_PRUNED: Pruned = {
  reports: 0,
  periods: 0,
  incidents: 0,
  findings: 0,
  sources: 0,
  bytes: 0,
};

export function addPruned(pruned: Pruned, more: Partial<Pruned>): Pruned {
  return {
    reports: pruned.reports + (more.reports ?? 0),
    periods: pruned.periods + (more.periods ?? 0),
    incidents: pruned.incidents + (more.incidents ?? 0),
    findings: pruned.findings + (more.findings ?? 0),
    sources: pruned.sources + (more.sources ?? 0),
    bytes: pruned.bytes + (more.bytes ?? 0),
  };
}

export function horizonsAt(
  now: number,
  { retentionReportsMs, retentionHistoryMs }: { retentionReportsMs: number; retentionHistoryMs: number },
): Horizons {
  return { reportsBefore: now - retentionReportsMs, historyBefore: now - retentionHistoryMs };
}

/**
 * Of one target, the instant from which on its reports are kept: the newest at or before the horizon. So the latest
 * one always is, and whatever comes late from the horizon on finds the report before it. Undefined: all are kept.
 */
export function reportsKeptFrom(checkedAts: readonly number[], reportsBefore: number): number | undefined {
  const past = checkedAts.filter((checkedAt) => checkedAt <= reportsBefore);
  return past.length === 0 ? undefined : Math.max(...past);
}

/**
 * Of one target, the instant from which on its periods and incidents are kept: where the last run of SYNCED begins
 * that is older than both the horizon and its oldest kept report. There no incident is open, the state has just
 * begun and the SYNCED commit is known, so no later answer, and no fold of a later report, needs anything before.
 * Undefined where there is no such run: all are kept.
 */
export function historyKeptFrom(
  periods: readonly Period<FindingRef>[],
  { historyBefore, oldestReportAt }: { historyBefore: number; oldestReportAt: number },
): number | undefined {
  return periods.findLast(
    ({ startedAt, opensState, finding }, i) =>
      opensState &&
      finding.syncStatus === 'SYNCED' &&
      startedAt < Math.min(historyBefore, oldestReportAt) &&
      // Of several periods of one instant either all are kept or none.
      periods[i - 1]?.startedAt !== startedAt,
  )?.startedAt;
}

/** Why a report cannot be taken whose neighbours in its target's history were pruned. */
export function prunedRefusal({ target, checkedAt }: Report, oldestReportAt: number): string {
  return (
    `last_check is ${formatInstant(checkedAt)}, older than what is kept: of ${target.repo} on ${target.server} ` +
    `there are reports from ${formatInstant(oldestReportAt)} on, the ones before are pruned ` +
    '(GITOPS_STATUS_RETENTION_REPORTS).'
  );
}
