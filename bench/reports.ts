import { findingOf } from '../src/domain/finding.ts';
import { type Report, staleAfter } from '../src/domain/report.ts';
import type { Target } from '../src/domain/target.ts';

export const INTERVAL_S = 120;

/** When all the stories of the bench begin; any instant will do, but the same one in every run. */
export const START = Date.parse('2026-03-01T00:00:00Z');

export function benchTarget(index: number): Target {
  return { repo: `repo-${Math.floor(index / 100)}`, server: `server-${index}.example` };
}

/** A report of a target that is in sync: what a reporter sends of itself, and without a run_url. */
export function syncedReport(target: number, tick: number): Report {
  const checkedAt = START + tick * INTERVAL_S * 1000 + ((target * 137) % (INTERVAL_S * 1000));
  const noise = (target * 7919 + tick * 104_729) % 5000;
  return {
    target: benchTarget(target),
    checkedAt,
    receivedAt: checkedAt + 300 + (noise % 1500),
    finding: findingOf({ syncStatus: 'SYNCED' }),
    staleAfterMs: staleAfter(INTERVAL_S, 0),
    expectedIntervalS: INTERVAL_S,
    commit: '5583ab8b40853575f7baa2445b36156c329b8d08',
    branch: 'main',
    tool: 'ansible',
    error: undefined,
    errorKind: undefined,
    runUrl: undefined,
    durationMs: 3000 + noise,
    extra: {},
  };
}

/** The rounds of a fleet, interleaved as they arrive: every target, then every target again. */
export function* rounds(
  { targets, from, to }: { targets: number; from: number; to: number },
  report: (target: number, tick: number) => Report | undefined,
): Generator<Report, void> {
  for (let tick = from; tick < to; tick++) {
    for (let target = 0; target < targets; target++) {
      const next = report(target, tick);
      if (next !== undefined) yield next;
    }
  }
}
