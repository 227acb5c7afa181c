import type { Finding, FindingRef } from './finding.ts';
import { compareKeys, type HistoryKey } from './history-key.ts';

/** What the fold reads of one report. `finding` may be the bare reference or carry the files along. */
export interface Observation<F extends FindingRef = Finding> extends HistoryKey {
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
  readonly lastCheckedAt: number;
  /** When that last report arrived. */
  readonly lastReceivedAt: number;
  /** From when on its last report no longer speaks for the target. */
  readonly staleAt: number;
  readonly finding: F;
  readonly commit: string | undefined;
  /** The run that saw it first. */
  readonly runUrl: string | undefined;
  /** Whether the sync status begins here: it differs from the period before, or a stale gap lies between. */
  readonly startsState: boolean;
}

/** Where a period begins, as its reports are ordered. */
export function startOf({ startedAt, receivedAt }: Pick<Period, 'startedAt' | 'receivedAt'>): HistoryKey {
  return { checkedAt: startedAt, receivedAt };
}

/** Where a period ends: its last report. */
export function endOf({
  lastCheckedAt,
  lastReceivedAt,
}: Pick<Period, 'lastCheckedAt' | 'lastReceivedAt'>): HistoryKey {
  return { checkedAt: lastCheckedAt, receivedAt: lastReceivedAt };
}

/** The period of a report that stands alone. */
export function periodOf<F extends FindingRef>(report: Observation<F>): Period<F> {
  return {
    startedAt: report.checkedAt,
    receivedAt: report.receivedAt,
    lastCheckedAt: report.checkedAt,
    lastReceivedAt: report.receivedAt,
    staleAt: report.staleAt,
    finding: report.finding,
    commit: report.commit,
    runUrl: report.runUrl,
    startsState: true,
  };
}

/**
 * The fold: neighbours that belong together become one. `runs` are consecutive periods in order, from single
 * reports (`reports.map(periodOf)`) to whole ones around a late arrival; all there is to know about the time
 * before is in the first one's `startsState`.
 */
export function mergePeriods<F extends FindingRef>(runs: readonly Period<F>[]): Period<F>[] {
  const merged: Period<F>[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    if (last === undefined) merged.push(run);
    else if (continues(last, run)) merged[merged.length - 1] = join(last, run);
    else merged.push({ ...run, startsState: startsState(last, run) });
  }
  return merged;
}

/** What of a period lies between two of its reports, both included; `first` and `last` are undefined at its own ends. */
export function cutPeriod<F extends FindingRef>(
  period: Period<F>,
  { first, last }: { first: Observation<FindingRef> | undefined; last: Observation<FindingRef> | undefined },
): Period<F> {
  const begun = first && { startedAt: first.checkedAt, receivedAt: first.receivedAt, runUrl: first.runUrl };
  const ended = last && {
    lastCheckedAt: last.checkedAt,
    lastReceivedAt: last.receivedAt,
    staleAt: last.staleAt,
  };
  return { ...period, ...begun, ...ended };
}

/** Whether a report that comes after everything in a period goes on with it. */
export function extendsPeriod(period: Period<FindingRef>, report: Observation<FindingRef>): boolean {
  return continues(period, periodOf(report));
}

export function comparePeriods(a: Period<FindingRef>, b: Period<FindingRef>): number {
  return compareKeys(startOf(a), startOf(b));
}

function continues(period: Period<FindingRef>, next: Period<FindingRef>): boolean {
  return (
    period.finding.id === next.finding.id && period.commit === next.commit && next.startedAt <= period.staleAt
  );
}

function join<F extends FindingRef>(period: Period<F>, next: Period<FindingRef>): Period<F> {
  const { lastCheckedAt, lastReceivedAt, staleAt } = next;
  return { ...period, lastCheckedAt, lastReceivedAt, staleAt };
}

function startsState(before: Period<FindingRef>, period: Period<FindingRef>): boolean {
  return before.finding.syncStatus !== period.finding.syncStatus || period.startedAt > before.staleAt;
}
