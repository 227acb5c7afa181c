import type { Finding, FindingRef } from './finding.ts';
import { compareKeys, type HistoryKey } from './history-key.ts';

/** What the fold reads of one report. `finding` may be only the reference, or include the files. */
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
  /** When its last report expires. */
  readonly staleAt: number;
  readonly finding: F;
  readonly commit: string | undefined;
  /** The CI run of its first report. */
  readonly runUrl: string | undefined;
  /** Whether the state begins here: the sync status differs from the period before, or a stale gap lies between. */
  readonly startsState: boolean;
}

/** The position of the first report of a period. */
export function startOf({ startedAt, receivedAt }: Pick<Period, 'startedAt' | 'receivedAt'>): HistoryKey {
  return { checkedAt: startedAt, receivedAt };
}

/** The position of the last report of a period. */
export function endOf({
  lastCheckedAt,
  lastReceivedAt,
}: Pick<Period, 'lastCheckedAt' | 'lastReceivedAt'>): HistoryKey {
  return { checkedAt: lastCheckedAt, receivedAt: lastReceivedAt };
}

/** The period of a single report. */
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
 * Merges neighbours that belong together. `periods` are consecutive and in order: periods of single reports
 * (`reports.map(periodOf)`), or stored ones around a late report. Whether the first one starts a state is taken from
 * its own `startsState`.
 */
export function mergePeriods<F extends FindingRef>(periods: readonly Period<F>[]): Period<F>[] {
  const merged: Period<F>[] = [];
  for (const period of periods) {
    const last = merged.at(-1);
    if (last === undefined) merged.push(period);
    else if (continues(last, period)) merged[merged.length - 1] = join(last, period);
    else merged.push({ ...period, startsState: startsState(last, period) });
  }
  return merged;
}

/**
 * The part of a period between two of its reports, both included. `first` or `last` is undefined if the part reaches
 * that end of the period.
 */
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

/** Whether a later report continues a period. */
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
  const { startedAt, receivedAt, finding, commit, runUrl, startsState } = period;
  return {
    startedAt,
    receivedAt,
    lastCheckedAt,
    lastReceivedAt,
    staleAt,
    finding,
    commit,
    runUrl,
    startsState,
  };
}

function startsState(before: Period<FindingRef>, period: Period<FindingRef>): boolean {
  return before.finding.syncStatus !== period.finding.syncStatus || period.startedAt > before.staleAt;
}
