import { findingOf } from '../src/domain/finding.ts';
import { BARE_REPORT, type PostedReport, staleAfter } from '../src/domain/report.ts';
import type { Target } from '../src/domain/target.ts';

export const INTERVAL_S = 120;

/** The length of the history in measures about history. */
export const DAYS = 90;
const DAY_MS = 86_400_000;

/** The end of that history: before the reports that are posted. */
export const END = Date.now() - 3_600_000;
export const START = END - DAYS * DAY_MS;

export function benchTarget(index: number): Target {
  return { repo: `repo-${Math.floor(index / 100)}`, server: `server-${index}.example` };
}

/** A report that was recorded in the past. */
export type PastReport = PostedReport & { readonly receivedAt: number };

/** A report of a target in sync: what a reporter sends every two minutes, without a run_url. */
export function syncedReport(target: number, tick: number): PastReport {
  const checkedAt = START + tick * INTERVAL_S * 1000 + ((target * 137) % (INTERVAL_S * 1000));
  const noise = (target * 7919 + tick * 104_729) % 5000;
  return {
    ...BARE_REPORT,
    target: benchTarget(target),
    lastCheckAt: checkedAt,
    checkedAt,
    receivedAt: checkedAt + 300 + (noise % 1500),
    finding: findingOf({ syncStatus: 'SYNCED' }),
    staleAfterMs: staleAfter({ expectedIntervalS: INTERVAL_S }, 0),
    expectedIntervalS: INTERVAL_S,
    commit: '5583ab8b40853575f7baa2445b36156c329b8d08',
    branch: 'main',
    tool: 'ansible',
    durationMs: 3000 + noise,
  };
}

/** The finding of a target whose files differ from Git. */
export function driftOf(...names: readonly string[]) {
  return findingOf({ syncStatus: 'OUT_OF_SYNC', files: names.map((name) => ({ name })) });
}

/** The rounds of a fleet, interleaved as they arrive: every target, then every target again. */
export function* rounds(
  { targets, from, to }: { targets: number; from: number; to: number },
  report: (target: number, tick: number) => PastReport | undefined,
): Generator<PastReport, void> {
  for (let tick = from; tick < to; tick++) {
    for (let target = 0; target < targets; target++) {
      const next = report(target, tick);
      if (next !== undefined) yield next;
    }
  }
}
