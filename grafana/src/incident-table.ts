import type { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { RANGE } from './infinity-query.ts';
import { causeCell, openCell, runCell, span, table, targetLink, unit, width } from './table-panel.ts';

const target = [
  { name: 'repo', title: 'Repo', overrides: [width(140)] },
  { name: 'server', title: 'Server', overrides: [width(180), targetLink] },
] as const;

interface IncidentTableOptions {
  readonly namesTarget: boolean;
  readonly selected: Readonly<Record<string, string>>;
}

/** The incidents that overlap the range, the open ones first. For one target, the table has no names. */
export function incidentTable({ namesTarget, selected }: IncidentTableOptions): TablePanel {
  return table({
    title: 'Incidents',
    description: 'From the first drift to the next check that found the target in sync, and why.',
    endpoint: '/grafana/incidents',
    params: { ...selected, ...RANGE, sort: 'open', limit: '200' },
    columns: [
      { name: 'opened_at', title: 'Opened', overrides: [unit('dateTimeAsIso'), width(170)] },
      ...(namesTarget ? target : []),
      { name: 'open', title: 'Now', overrides: openCell },
      { name: 'cause', title: 'Cause', overrides: causeCell },
      { name: 'duration_s', title: 'Lasted', overrides: span },
      { name: 'max_drift_count', title: 'Most files', overrides: [width(100)] },
      { name: 'files', title: 'Files' },
      { name: 'opened_commit', title: 'At commit', overrides: [width(120)] },
      { name: 'opened_run_url', title: 'Run', overrides: runCell },
    ],
    sortBy: [],
    noValue: 'no incident in this range',
  });
}
