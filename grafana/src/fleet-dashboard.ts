import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { dashboard, withPanels } from './dashboard.ts';
import { fileTable } from './file-table.ts';
import { inOrder } from './in-order.ts';
import { incidentTable } from './incident-table.ts';
import { BUCKETS, DATASOURCE, infinity, RANGE, SELECTED } from './infinity-query.ts';
import { legend } from './legend.ts';
import { dataLink, repoUrl, targetUrl } from './links.ts';
import { macro } from './macro.ts';
import { fixedColor, stat } from './stat-panel.ts';
import { ago, causeCell, runCell, span, stateCell, table, targetLink, unit, width } from './table-panel.ts';
import { coloredFromOne, notKnownMapping, ratioThresholds, type StateName, stateColor } from './theme.ts';
import { timeline } from './timeline-panel.ts';
import { several, severalLabels, shownOf } from './variables.ts';

/** The most rows of a timeline that a viewer can distinguish, and a browser can load. */
const WORST = { worst: '50' };
const OVER_RANGE = { ...SELECTED, ...RANGE };

export function fleetDashboard(): Dashboard {
  const builder = dashboard('GitOps drift', {
    uid: 'gitops-drift',
    description: 'Which servers still match their Git repo, since when the others do not, and why.',
    selected: SELECTED,
    marksIncidents: false,
  })
    .withVariable(severalLabels())
    .withVariable(
      several({
        name: 'repo',
        label: 'Repo',
        endpoint: '/grafana/variables/repos',
        params: { label: SELECTED.label },
      }),
    )
    .withVariable(
      several({
        name: 'server',
        label: 'Server',
        endpoint: '/grafana/variables/servers',
        params: { repo: SELECTED.repo, label: SELECTED.label },
      }),
    );
  builder.withVariable(shownOf({ ...SELECTED, ...WORST }));
  return withPanels(builder, [
    targetsByState().span(12).height(4),
    openTrouble().span(6).height(4),
    inSync().span(6).height(4),
    timeline({
      title: `State of each target: ${macro('worst')}`,
      description:
        'The worst state in each interval, so that a drift of one minute is visible, too. Of more than 50 ' +
        'targets, only those that drifted for longest in this range.',
      shape: 'buckets',
      displayName: `${macro('__field.labels.repo')} / ${macro('__field.labels.server')}`,
      params: { ...SELECTED, ...WORST },
    })
      .dataLinks([dataLink('Show this target', targetUrl('__field.labels'))])
      .span(24)
      .height(11),
    driftOverTime().span(16).height(9),
    inSyncByRepo().span(8).height(9),
    targets().span(24).height(11),
    fileTable({ title: 'Worst files', selected: SELECTED, countsIncidents: false }).span(10).height(10),
    incidentTable({ namesTarget: true, selected: SELECTED }).span(14).height(10),
  ]);
}

function targetsByState() {
  const tile = (name: 'synced' | 'out_of_sync' | 'unknown' | 'stale', title: StateName) => ({
    name,
    title,
    overrides: coloredFromOne(stateColor(title)),
  });
  return stat({
    title: 'Targets by state, now',
    description: 'UNKNOWN: the check could not tell. STALE: the next report is overdue.',
    endpoint: '/grafana/summary',
    params: OVER_RANGE,
    tiles: [
      tile('synced', 'SYNCED'),
      tile('out_of_sync', 'OUT_OF_SYNC'),
      tile('unknown', 'UNKNOWN'),
      tile('stale', 'STALE'),
    ],
  });
}

function openTrouble() {
  return stat({
    title: 'In trouble, now',
    description:
      'An incident stays open until a check finds the target in sync; silence does not close it. Not counted: targets ' +
      'that have drifted without a number of files, such as those of a Pushgateway client.',
    endpoint: '/grafana/summary',
    params: OVER_RANGE,
    tiles: [
      { name: 'open_incidents', title: 'Open incidents', overrides: coloredFromOne('red') },
      { name: 'drifted_files', title: 'Drifted files', overrides: coloredFromOne('red') },
      { name: 'uncounted', title: 'Not counted', overrides: coloredFromOne('orange') },
    ],
  });
}

function inSync() {
  const share = [unit('percentunit'), { id: 'decimals', value: 1 }];
  return stat({
    title: 'Over the range',
    description:
      'In sync: the share of the known time. Known: the share of the time since the first report; the rest ' +
      'was UNKNOWN or STALE.',
    endpoint: '/grafana/summary',
    params: OVER_RANGE,
    tiles: [
      { name: 'in_sync_ratio', title: 'In sync', overrides: share },
      { name: 'coverage', title: 'Known', overrides: share },
    ],
  }).thresholds(ratioThresholds);
}

/** Counts, not a line per target: they are readable for a fleet of any size. */
function driftOverTime() {
  const columns = ['time', 'out_of_sync', 'unknown', 'stale'] as const;
  const panel = new TimeSeriesPanel()
    .title('Drift over time')
    .description('Targets that were not known to be in sync, by the worst state in each interval.')
    .datasource(DATASOURCE)
    .min(0)
    .decimals(0)
    .lineInterpolation(LineInterpolation.StepAfter)
    .fillOpacity(60)
    .lineWidth(1)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .legend(legend())
    .noValue('not known')
    .withTarget(
      infinity({
        endpoint: '/grafana/series',
        columns,
        params: { by: 'state', ...OVER_RANGE, ...BUCKETS },
        format: 'timeseries',
      }),
    )
    .withTransformation(inOrder(columns));
  const series = { out_of_sync: 'OUT_OF_SYNC', unknown: 'UNKNOWN', stale: 'STALE' } as const;
  for (const [name, title] of Object.entries(series)) {
    panel.overrideByName(name, [{ id: 'displayName', value: title }, fixedColor(stateColor(title))]);
  }
  return panel;
}

function inSyncByRepo() {
  return new BarGaugePanel()
    .title('In sync, by repo')
    .description('The share of the known time that was in sync, the smallest first.')
    .datasource(DATASOURCE)
    .unit('percentunit')
    .decimals(1)
    .min(0)
    .max(1)
    .thresholds(ratioThresholds)
    .displayMode(BarGaugeDisplayMode.Basic)
    .orientation(VizOrientation.Horizontal)
    .noValue('not known')
    .mappings([notKnownMapping])
    .dataLinks([dataLink('Only this repo', repoUrl('__data.fields'))])
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(true).limit(50))
    .withTarget(
      infinity({
        endpoint: '/grafana/compliance',
        columns: ['repo', 'in_sync_ratio'],
        params: { group_by: 'repo', sort: 'worst', ...OVER_RANGE, limit: '50' },
      }),
    );
}

function targets() {
  return table({
    title: 'Targets, now',
    description:
      'The latest report of each target, the most urgent first, at most 200. The name of a server leads to ' +
      'its dashboard.',
    endpoint: '/grafana/status',
    params: { ...SELECTED, sort: 'urgency', limit: '200' },
    columns: [
      { name: 'repo', title: 'Repo', overrides: [width(140)] },
      { name: 'server', title: 'Server', overrides: [width(180), targetLink] },
      { name: 'state_code', title: 'State', overrides: stateCell },
      { name: 'in_state_s', title: 'For', overrides: span },
      { name: 'drift_count', title: 'Drift', overrides: [width(70)] },
      { name: 'files', title: 'Files' },
      { name: 'cause', title: 'Cause', overrides: causeCell },
      { name: 'error', title: 'Error' },
      { name: 'last_check', title: 'Last check', overrides: ago },
      { name: 'commit', title: 'Commit', overrides: [width(120)] },
      { name: 'run_url', title: 'Run', overrides: runCell },
    ],
    sortBy: [],
    noValue: 'no target has reported yet',
  });
}
