import { findingOf, type SyncStatus } from '../src/domain/finding.ts';
import { staleAfter } from '../src/domain/report.ts';
import { DAYS, driftOf, INTERVAL_S, type PastReport, syncedReport } from './reports.ts';

const TICKS_PER_DAY = (24 * 3600) / INTERVAL_S;
export const TICKS = DAYS * TICKS_PER_DAY;

/** Every so many ticks the thin history keeps a report although nothing happens. */
export const THIN_TICKS = 205;

/** Targets with this distance drift at the same time. */
const STORIES = 60;

/**
 * Ninety days of one target, checked every two minutes. Drift comes every other day, a new commit every third, checks
 * that cannot tell every fourth, an hour of silence every fifth. Undefined during silence.
 */
export function denseReport(target: number, tick: number): PastReport | undefined {
  const condition = conditionAt(target, tick);
  const day = dayOf(tick);
  const commit = `c0ffee${String(commitAt(tick)).padStart(34, '0')}`;
  const report = { ...syncedReport(target, tick), commit };
  switch (condition) {
    case 'silent':
      return undefined;
    case 'SYNCED':
      return report;
    case 'UNKNOWN': {
      const error = 'Failed to connect to the host via ssh: Connection timed out';
      return { ...report, finding: findingOf({ syncStatus: condition }), error, errorKind: 'unreachable' };
    }
    case 'OUT_OF_SYNC':
      return { ...report, finding: driftOf('rsyslog.conf', `rsyslog.d/${(day + target) % 5}0-lab.conf`) };
  }
}

/**
 * The same history with a hundredth of the reports: every question has the same answer. It keeps the first and the last
 * report of every run (a silence counts from the last one) and a few in between. Each declares the interval to the next
 * kept one, so that nothing is overdue.
 */
export function thinReport(target: number, tick: number): PastReport | undefined {
  const report = isKept(target, tick) ? denseReport(target, tick) : undefined;
  if (report === undefined) return undefined;
  const expectedIntervalS = ticksToNextKept(target, tick) * INTERVAL_S;
  return { ...report, expectedIntervalS, staleAfterMs: staleAfter({ expectedIntervalS }, 0) };
}

/** The thin history of a fleet, one target after the other, so that each story is computed only once. */
export function* thinHistory(targets: number): Generator<PastReport, void> {
  for (let story = 0; story < Math.min(STORIES, targets); story++) {
    const kept = Array.from({ length: TICKS }, (_, tick) => tick).filter((tick) => isKept(story, tick));
    for (let target = story; target < targets; target += STORIES) {
      for (const tick of kept) {
        const report = thinReport(target, tick);
        if (report !== undefined) yield report;
      }
    }
  }
}

function conditionAt(target: number, tick: number): SyncStatus | 'silent' {
  const day = dayOf(tick);
  const tickOfDay = tick - day * TICKS_PER_DAY;
  const driftsFrom = 60 + (target % STORIES);
  if (tick < 0 || tick >= TICKS) return 'silent';
  if (day % 5 === 4 && isBetween(tickOfDay, 300, 330)) return 'silent';
  if (day % 4 === 2 && isBetween(tickOfDay, 500, 510)) return 'UNKNOWN';
  return day % 2 === 1 && isBetween(tickOfDay, driftsFrom, driftsFrom + 60) ? 'OUT_OF_SYNC' : 'SYNCED';
}

function isBetween(tick: number, from: number, to: number): boolean {
  return tick >= from && tick < to;
}

function commitAt(tick: number): number {
  return Math.floor(dayOf(tick) / 3);
}

function dayOf(tick: number): number {
  return Math.floor(tick / TICKS_PER_DAY);
}

function isKept(target: number, tick: number): boolean {
  return tick % THIN_TICKS === 0 || !isSameRun(target, tick, tick - 1) || !isSameRun(target, tick, tick + 1);
}

function isSameRun(target: number, tick: number, other: number): boolean {
  return commitAt(tick) === commitAt(other) && conditionAt(target, tick) === conditionAt(target, other);
}

function ticksToNextKept(target: number, tick: number): number {
  if (conditionAt(target, tick + 1) === 'silent') return 1;
  let next = tick + 1;
  while (!isKept(target, next)) next++;
  return next - tick;
}
