import type { Report } from '../../src/domain/report.ts';
import { type Horizons, nextHorizon } from '../../src/domain/retention.ts';
import type { storedHistory } from './harness.ts';

type History = Awaited<ReturnType<typeof storedHistory>>[number];

export interface KeptRows {
  readonly history: readonly History[];
  readonly reports: readonly Report[];
}

/** The reports that must be there, by the rules of pruning, of everything there was. */
export function reportsKeptAfter(before: KeptRows, wanted: Horizons, passes: number): Report[] {
  const instants = before.reports.map(({ checkedAt }) => checkedAt);
  const reportsBefore = horizonAfter(passes, instants, wanted.reportsBefore);
  const keptFrom = (server: string) => reportsKeptFrom(ofServer(before.reports, server), reportsBefore);
  return before.reports.filter(({ target, checkedAt }) => checkedAt >= keptFrom(target.server));
}

/** Of these, those without which an answer about an instant from the horizon on would be another one. */
export function reportsNeededAfter(before: KeptRows, wanted: Horizons, passes: number): Report[] {
  const instants = before.reports.map(({ checkedAt }) => checkedAt);
  const reportsBefore = horizonAfter(passes, instants, wanted.reportsBefore);
  return before.reports.filter(({ target, checkedAt }, i) => {
    const next = before.reports[i + 1];
    const isNewest = next?.target.server !== target.server || next.checkedAt > reportsBefore;
    return checkedAt >= reportsBefore || isNewest;
  });
}

interface After {
  readonly wanted: Horizons;
  readonly passes: number;
  /** The reports that are there. */
  readonly left: readonly Report[];
}

/** The history that is left beside reports. */
export function historyKeptAfter(before: KeptRows, { wanted, passes, left }: After): History[] {
  const starts = before.history.flatMap(({ periods }) => periods.map(({ startedAt }) => startedAt));
  const historyBefore = horizonAfter(passes, starts, wanted.historyBefore);
  return before.history.map((one) => {
    const from = historyKeptFrom(one, Math.min(historyBefore, ...ofServer(left, one.server)));
    return {
      ...one,
      periods: one.periods.filter(({ startedAt }) => startedAt >= from),
      incidents: one.incidents.filter(({ openedAt }) => openedAt >= from),
    };
  });
}

function horizonAfter(passes: number, instants: readonly number[], wanted: number): number {
  let stored: number | undefined;
  for (let pass = 0; pass < passes; pass++) {
    const behind = instants.filter((instant) => instant > (stored ?? Number.NEGATIVE_INFINITY));
    const oldest = behind.length === 0 ? undefined : Math.min(...behind);
    stored = nextHorizon({ stored, oldest, wanted });
  }
  return stored ?? Number.NEGATIVE_INFINITY;
}

function ofServer(reports: readonly Report[], server: string): number[] {
  return reports.filter(({ target }) => target.server === server).map(({ checkedAt }) => checkedAt);
}

/** The newest at or before the horizon, or else all. */
function reportsKeptFrom(checkedAts: readonly number[], horizon: number): number {
  const past = checkedAts.filter((checkedAt) => checkedAt <= horizon);
  return past.length === 0 ? Math.min(...checkedAts) : Math.max(...past);
}

/** Where the last run of SYNCED begins before an instant. Of several periods of one instant all are kept or none. */
function historyKeptFrom({ periods }: History, before: number): number {
  const kept = periods.findLast(
    ({ startedAt, startsState, finding }, i) =>
      startsState &&
      finding.syncStatus === 'SYNCED' &&
      startedAt < before &&
      periods[i - 1]?.startedAt !== startedAt,
  );
  return kept?.startedAt ?? Number.NEGATIVE_INFINITY;
}
