import { foldIncidents, type Incident } from './incident.ts';
import { mergePeriods, type Observation, type Period, periodOf } from './period.ts';

/** What a target's reports add up to. */
export interface History {
  readonly periods: readonly Period[];
  readonly incidents: readonly Incident[];
}

/**
 * The meaning of a target's reports, whatever the order they came in: the definition that every store's
 * materialised periods and incidents must equal.
 */
export function foldHistory(reports: readonly Observation[]): History {
  const sorted = [...reports].sort((a, b) => a.checkedAt - b.checkedAt || a.receivedAt - b.receivedAt);
  const periods = mergePeriods(sorted.map(periodOf));
  return { periods, incidents: foldIncidents(periods) };
}
