import type { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { RANGE, SELECTED } from './infinity-query.ts';
import { causeCell, openCell, runCell, span, table, targetLink, unit, width } from './table-panel.ts';

const target = [
  { name: 'repo', title: 'Repo', look: [width(140)] },
  { name: 'server', title: 'Server', look: [width(180), targetLink] },
] as const;

/** The newest incidents that overlap the range; of one target, its names are known already. */
export function incidentTable({ namesTarget }: { namesTarget: boolean }): TablePanel {
  return table({
    title: 'Incidents',
    description: 'From the first drift to the next check that found the target in sync, and why.',
    endpoint: '/grafana/incidents',
    params: { ...SELECTED, ...RANGE, limit: '500' },
    columns: [
      { name: 'opened_at', title: 'Opened', look: [unit('dateTimeAsIso'), width(170)] },
      ...(namesTarget ? target : []),
      { name: 'open', title: 'Now', look: openCell },
      { name: 'cause', title: 'Cause', look: causeCell },
      { name: 'duration_s', title: 'Lasted', look: span },
      { name: 'max_drift_count', title: 'Most files', look: [width(100)] },
      { name: 'files', title: 'Files' },
      { name: 'opened_commit', title: 'At commit', look: [width(120)] },
      { name: 'opened_run_url', title: 'Run', look: runCell },
    ],
    sortBy: ['-Opened'],
    noValue: 'no incident in this range',
  });
}
