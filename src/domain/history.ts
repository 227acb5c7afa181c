import type { Finding } from './finding.ts';
import { compareKeys } from './history-key.ts';
import { driftOf, growIncident, type Incident, openIncident, resolveIncident } from './incident.ts';
import { mergePeriods, type Observation, type Period, periodOf } from './period.ts';

/** What the fold reads of one report, incidents included. */
export interface FoldedReport extends Observation<Finding> {
  readonly afterDeploy: boolean;
}

/** The result of the fold over the reports of a target. */
export interface History {
  readonly periods: readonly Period[];
  readonly incidents: readonly Incident[];
}

/**
 * The fold over the reports of a target, in any order. It is the definition: the periods and incidents of every store
 * must equal it.
 */
export function foldHistory(reports: readonly FoldedReport[]): History {
  const sorted = [...reports].sort(compareKeys);
  return { periods: mergePeriods(sorted.map(periodOf)), incidents: foldIncidents(sorted) };
}

/** UNKNOWN and silence neither open nor resolve an incident. */
function foldIncidents(reports: readonly FoldedReport[]): Incident[] {
  const incidents: Incident[] = [];
  let open: Incident | undefined;
  let lastSynced: FoldedReport | undefined;
  for (const report of reports) {
    if (report.finding.syncStatus === 'SYNCED') {
      if (open !== undefined) incidents.push(resolveIncident(open, report));
      open = undefined;
      lastSynced = report;
    } else if (report.finding.syncStatus === 'OUT_OF_SYNC') {
      const drift = driftOf(report);
      open = open === undefined ? openIncident(drift, lastSynced) : growIncident(open, drift);
    }
  }
  if (open !== undefined) incidents.push(open);
  return incidents;
}
