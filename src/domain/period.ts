import type { Finding, FindingRef } from './finding.ts';

/** What the fold reads of one report. `finding` may be the bare reference or carry the files along. */
export interface Observation<F extends FindingRef = Finding> {
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly staleAt: number;
  readonly finding: F;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
}

/**
 * A maximal run of consecutive reports of one target with the same finding and the same commit, and no stale
 * gap inside. A target's periods are ordered by (`startedAt`, `receivedAt`).
 */
export interface Period<F extends FindingRef = Finding> {
  /** `checkedAt` of its first report. */
  readonly startedAt: number;
  /** When that first report arrived. */
  readonly receivedAt: number;
  /** `checkedAt` of its last report. */
  readonly lastCheckAt: number;
  /** From when on its last report no longer speaks for the target. */
  readonly staleAt: number;
  readonly finding: F;
  readonly commit: string | undefined;
  /** The run that saw it first. */
  readonly runUrl: string | undefined;
  readonly reports: number;
  /** Whether the sync status begins here: it differs from the period before, or a stale gap lies between. */
  readonly opensState: boolean;
}

/** All that it takes of a target's current period to tell what the next report makes of it. */
export type OpenPeriod<F extends FindingRef = FindingRef> = Omit<Period<F>, 'runUrl' | 'opensState'>;

/** The period of a report that stands alone. */
export function periodOf<F extends FindingRef>(report: Observation<F>): Period<F> {
  return {
    startedAt: report.checkedAt,
    receivedAt: report.receivedAt,
    lastCheckAt: report.checkedAt,
    staleAt: report.staleAt,
    finding: report.finding,
    commit: report.commit,
    runUrl: report.runUrl,
    reports: 1,
    opensState: true,
  };
}

/**
 * The fold: neighbours that belong together become one. `runs` are consecutive periods in order, from single
 * reports (`reports.map(periodOf)`) to a few whole ones around a late arrival; all there is to know about the
 * time before is in the first one's `opensState`.
 */
export function mergePeriods<F extends FindingRef>(runs: readonly Period<F>[]): Period<F>[] {
  const merged: Period<F>[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    if (last === undefined) merged.push(run);
    else if (continues(last, run)) merged[merged.length - 1] = join(last, run);
    else merged.push({ ...run, opensState: opensState(last, run) });
  }
  return merged;
}

/**
 * The usual case of the fold: what a report that is newer than all before it makes of the current period. That one
 * goes on, with a new end, or the report begins one of its own.
 */
export function appendTo<F extends FindingRef>(
  current: OpenPeriod<FindingRef> | undefined,
  report: Observation<F>,
): { kind: 'extended'; period: OpenPeriod<FindingRef> } | { kind: 'begun'; period: Period<F> } {
  const period = periodOf(report);
  if (current === undefined) return { kind: 'begun', period };
  if (continues(current, period)) return { kind: 'extended', period: join(current, period) };
  return { kind: 'begun', period: { ...period, opensState: opensState(current, period) } };
}

/** Whether a report that falls inside a period, between two of its reports, changes nothing but the count. */
export function absorbs<F extends FindingRef>(
  period: Period<F>,
  at: { previous: Observation<FindingRef>; report: Observation<F>; next: Observation<FindingRef> },
): boolean {
  const left = { ...period, staleAt: at.previous.staleAt };
  return continues(left, periodOf(at.report)) && at.next.checkedAt <= at.report.staleAt;
}

/** Cuts a period between two of its consecutive reports, `last` and `first`; `reportsAfter` counts from `first` on. */
export function splitPeriod<F extends FindingRef>(
  period: Period<F>,
  cut: { last: Observation<FindingRef>; first: Observation<FindingRef>; reportsAfter: number },
): [Period<F>, Period<F>] {
  const { last, first, reportsAfter } = cut;
  return [
    {
      ...period,
      lastCheckAt: last.checkedAt,
      staleAt: last.staleAt,
      reports: period.reports - reportsAfter,
    },
    {
      ...period,
      startedAt: first.checkedAt,
      receivedAt: first.receivedAt,
      runUrl: first.runUrl,
      reports: reportsAfter,
    },
  ];
}

type End = Pick<OpenPeriod, 'lastCheckAt' | 'staleAt' | 'finding' | 'commit' | 'reports'>;

function continues(period: End, next: Period<FindingRef>): boolean {
  return (
    period.finding.id === next.finding.id && period.commit === next.commit && next.startedAt <= period.staleAt
  );
}

function join<P extends End>(period: P, next: Period<FindingRef>): P {
  return {
    ...period,
    lastCheckAt: next.lastCheckAt,
    staleAt: next.staleAt,
    reports: period.reports + next.reports,
  };
}

function opensState(before: End, period: Period<FindingRef>): boolean {
  return before.finding.syncStatus !== period.finding.syncStatus || period.startedAt > before.staleAt;
}
