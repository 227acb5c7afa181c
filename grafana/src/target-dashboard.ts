import { LineInterpolation } from '@grafana/grafana-foundation-sdk/common';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { dashboard, withPanels } from './dashboard.ts';
import { fileTable } from './file-table.ts';
import { incidentTable } from './incident-table.ts';
import { BUCKETS, DATASOURCE, infinity, PICKED, RANGE, SELECTED } from './infinity-query.ts';
import { legend } from './legend.ts';
import { macro } from './macro.ts';
import { fixedColor, stat } from './stat-panel.ts';
import { ago, causeCell, runCell, syncStatusCell, table, unit, width } from './table-panel.ts';
import { coloredFromOne, NEUTRAL, notKnownMapping, ratioThresholds, stateMapping } from './theme.ts';
import { timeline } from './timeline-panel.ts';
import { one, severalLabels } from './variables.ts';

const OVER_RANGE = { ...PICKED, ...RANGE };

const PICK_ONE = 'pick a repo and a server above';

export function targetDashboard(): Dashboard {
  const builder = dashboard('GitOps target', {
    uid: 'gitops-target',
    description: 'One server and the repo that it should match: what is true now, and what was true before.',
    selected: PICKED,
    marksIncidents: true,
  })
    .link(
      new DashboardLinkBuilder('All targets')
        .type(DashboardLinkType.Link)
        .icon('dashboard')
        .url(`/d/gitops-drift?${macro('datasource:queryparam')}`)
        .keepTime(true),
    )
    .withVariable(severalLabels())
    .withVariable(
      one({
        name: 'repo',
        label: 'Repo',
        endpoint: '/grafana/variables/repos',
        params: { label: SELECTED.label },
      }),
    )
    .withVariable(
      one({
        name: 'server',
        label: 'Server',
        endpoint: '/grafana/variables/servers',
        params: { repo: SELECTED.repo, label: SELECTED.label },
      }),
    );
  return withPanels(builder, [
    now().span(12).height(4),
    overRange().span(12).height(4),
    timeline({
      title: 'State',
      description: 'The exact instants at which the state changed.',
      shape: 'edges',
      displayName: macro('__field.labels.server'),
      params: PICKED,
      noValue: PICK_ONE,
    })
      .span(24)
      .height(5),
    drift().span(24).height(8),
    latest().span(24).height(4),
    incidentTable({ namesTarget: false, selected: PICKED }).span(14).height(9),
    fileTable({ title: 'Files', selected: PICKED, countsIncidents: true }).span(10).height(9),
    reports().span(24).height(12),
  ]);
}

function now() {
  return stat({
    title: 'Now',
    description: 'The state after the latest report, and since when.',
    endpoint: '/grafana/status',
    params: PICKED,
    noValue: PICK_ONE,
    tiles: [
      {
        name: 'state_code',
        title: 'State',
        overrides: [{ id: 'mappings', value: [stateMapping, notKnownMapping] }],
      },
      { name: 'in_state_s', title: 'For', overrides: [unit('s'), fixedColor(NEUTRAL)] },
      { name: 'drift_count', title: 'Files in the last report', overrides: coloredFromOne('red') },
    ],
  });
}

function overRange() {
  const share = [unit('percentunit'), { id: 'decimals', value: 1 }];
  return stat({
    title: 'Over the range',
    description: 'In sync: the share of the known time.',
    endpoint: '/grafana/compliance',
    params: { group_by: 'target', ...OVER_RANGE },
    noValue: PICK_ONE,
    tiles: [
      { name: 'in_sync_ratio', title: 'In sync', overrides: share },
      { name: 'coverage', title: 'Known', overrides: share },
      { name: 'incidents', title: 'Incidents', overrides: coloredFromOne('red') },
      {
        name: 'median_time_to_resolve_s',
        title: 'Median repair',
        overrides: [unit('s'), fixedColor(NEUTRAL)],
      },
    ],
  }).thresholds(ratioThresholds);
}

function drift() {
  return new TimeSeriesPanel()
    .title('Drifted files')
    .description(
      'A gap is time in which the state was not known, or in which the check did not say how many files differ.',
    )
    .datasource(DATASOURCE)
    .min(0)
    .decimals(0)
    .lineInterpolation(LineInterpolation.StepAfter)
    .fillOpacity(30)
    .spanNulls(false)
    .legend(legend())
    .displayName(macro('__field.labels.server'))
    .noValue(PICK_ONE)
    .withTarget(
      infinity({
        endpoint: '/grafana/series',
        columns: ['time', 'repo', 'server', 'drift_count'],
        params: { by: 'target', ...OVER_RANGE, ...BUCKETS },
        format: 'timeseries',
      }),
    );
}

function latest() {
  return table({
    title: 'Latest report',
    description: '',
    endpoint: '/grafana/status',
    params: PICKED,
    columns: [
      { name: 'sync_status', title: 'Reported', overrides: syncStatusCell },
      { name: 'files', title: 'Files' },
      { name: 'cause', title: 'Cause', overrides: causeCell },
      { name: 'error', title: 'Error' },
      { name: 'last_check', title: 'Last check', overrides: ago },
      { name: 'stale_at', title: 'Next one due by', overrides: ago },
      { name: 'last_synced_at', title: 'Last in sync', overrides: ago },
      { name: 'branch', title: 'Branch', overrides: [width(100)] },
      { name: 'commit', title: 'Commit', overrides: [width(120)] },
      { name: 'run_url', title: 'Run', overrides: runCell },
    ],
    sortBy: [],
    noValue: `${PICK_ONE}, or it has not reported yet`,
  });
}

function reports() {
  return table({
    title: 'Reports',
    description: 'As they were posted, the newest 500 of the range.',
    endpoint: '/grafana/reports',
    // One page that is large enough: the plugin follows no more than five, and asks for all of them at once.
    params: { ...OVER_RANGE, limit: '500' },
    rootSelector: 'rows',
    columns: [
      { name: 'time', title: 'Checked', overrides: [unit('dateTimeAsIso'), width(170)] },
      { name: 'sync_status', title: 'Found', overrides: syncStatusCell },
      { name: 'drift_count', title: 'Drift', overrides: [width(70)] },
      { name: 'files', title: 'Files' },
      { name: 'error', title: 'Error' },
      { name: 'commit', title: 'Commit', overrides: [width(120)] },
      { name: 'tool', title: 'Tool', overrides: [width(90)] },
      { name: 'duration_ms', title: 'Took', overrides: [unit('ms'), width(90)] },
      { name: 'run_url', title: 'Run', overrides: runCell },
    ],
    sortBy: ['-Checked'],
    noValue: `no report in this range, or nothing is picked`,
  });
}
