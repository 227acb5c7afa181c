import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type Dataquery, DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { withPanels } from './dashboard.ts';
import { legend } from './legend.ts';
import { macro } from './macro.ts';
import { fixedColor } from './stat-panel.ts';
import {
  coloredFromOne,
  NEUTRAL,
  NOT_KNOWN,
  notKnownMapping,
  type StateName,
  stateColor,
  stateMapping,
} from './theme.ts';
import { datasourcePicker } from './variables.ts';

const DATASOURCE = { type: 'prometheus', uid: macro('datasource') } as const;

/** The labels that the pickers select. */
const PICKED = `repo=~"${macro('repo')}",server=~"${macro('server')}"`;

/** The present targets that drifted for longest in the range: a line for each target would be unreadable. */
const WORST = `topk(50, sum by (repo, server) (sum_over_time(gitops_state{state="OUT_OF_SYNC",${PICKED}}[${macro('__range')}] @ end())))`;

/** For users of Prometheus alone: what it knows about the fleet. */
export function prometheusDashboard(): Dashboard {
  const builder = new DashboardBuilder('GitOps drift, by Prometheus')
    .uid('gitops-prometheus')
    .description(
      'The state of the fleet as Prometheus has scraped it. The other boards also know files, causes and commits.',
    )
    .tags(['gitops'])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .withVariable(
      datasourcePicker({
        type: DATASOURCE.type,
        label: 'Datasource',
        provisioned: { name: 'Prometheus', uid: 'prometheus' },
      }),
    )
    .withVariable(labelPicker('repo', 'Repo', 'label_values(gitops_state, repo)'))
    .withVariable(
      labelPicker('server', 'Server', `label_values(gitops_state{repo=~"${macro('repo')}"}, server)`),
    );
  return withPanels(builder, [
    targetsByState().span(12).height(4),
    openIncidents().span(6).height(4),
    lastReport().span(6).height(4),
    timeline().span(24).height(11),
    driftOverTime().span(12).height(9),
    incidentAges().span(12).height(9),
    reports().span(24).height(7),
  ]);
}

function labelPicker(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

function now(expr: string, name: string): Builder<Dataquery> {
  return new DataqueryBuilder().datasource(DATASOURCE).refId('A').expr(expr).instant().legendFormat(name);
}

function overTime(expr: string, name: string): Builder<Dataquery> {
  return new DataqueryBuilder().datasource(DATASOURCE).refId('A').expr(expr).range().legendFormat(name);
}

function tiles(title: string, description: string): StatPanel {
  return new StatPanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .noValue(NOT_KNOWN)
    .mappings([notKnownMapping])
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.BackgroundSolid)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
}

const STATES: readonly StateName[] = ['SYNCED', 'OUT_OF_SYNC', 'UNKNOWN', 'STALE'];

function targetsByState() {
  const panel = tiles(
    'Targets by state, now',
    'UNKNOWN: the check could not tell. STALE: the next report is overdue.',
  ).withTarget(now(`sum by (state) (gitops_state{${PICKED}})`, '{{state}}'));
  for (const state of STATES) panel.overrideByName(state, [...coloredFromOne(stateColor(state))]);
  return panel;
}

function openIncidents() {
  return tiles('Open incidents', 'From the first drift to the next check that found the target in sync.')
    .withTarget(
      now(`sum(gitops_incident_open_since_timestamp_seconds{${PICKED}} > bool 0)`, 'Open incidents'),
    )
    .overrideByName('Open incidents', [...coloredFromOne('red')]);
}

function lastReport() {
  return tiles('Last report', 'How long ago the newest report of any target arrived.')
    .unit('s')
    .withTarget(now(`time() - max(gitops_last_report_timestamp_seconds{${PICKED}})`, 'Last report'))
    .overrideByName('Last report', [fixedColor(NEUTRAL)]);
}

function timeline() {
  const coded = STATES.slice(1)
    .map((state, i) => `${i + 1} * sum by (repo, server) (gitops_state{state="${state}",${PICKED}})`)
    .join(' + ');
  return new StateTimelinePanel()
    .title('State of the 50 worst targets')
    .description('Those that drifted for longest in this range. A gap is time without a scrape.')
    .datasource(DATASOURCE)
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .fillOpacity(80)
    .perPage(30)
    .mappings([stateMapping])
    .legend(legend())
    .noValue(NOT_KNOWN)
    .withTarget(overTime(`(${coded}) and on (repo, server) ${WORST}`, '{{repo}} / {{server}}'));
}

function driftOverTime() {
  const panel = new TimeSeriesPanel()
    .title('Drift over time')
    .description('Targets that were not known to be in sync.')
    .datasource(DATASOURCE)
    .min(0)
    .decimals(0)
    .lineInterpolation(LineInterpolation.StepAfter)
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .legend(legend())
    .noValue(NOT_KNOWN)
    .withTarget(overTime(`sum by (state) (gitops_state{state!="SYNCED",${PICKED}})`, '{{state}}'));
  for (const state of STATES.slice(1)) panel.overrideByName(state, [fixedColor(stateColor(state))]);
  return panel;
}

function incidentAges() {
  return new TimeSeriesPanel()
    .title('Age of open incidents')
    .description('The ten oldest. A line rises until its drift is repaired.')
    .datasource(DATASOURCE)
    .unit('s')
    .min(0)
    .legend(legend())
    .noValue('no open incident')
    .withTarget(
      overTime(
        `topk(10, time() - (gitops_incident_open_since_timestamp_seconds{${PICKED}} > 0))`,
        '{{repo}} / {{server}}',
      ),
    );
}

function reports() {
  return new TimeSeriesPanel()
    .title('Reports per minute')
    .description('By the status that they report. If a line falls to 0, a pipeline has stopped.')
    .datasource(DATASOURCE)
    .min(0)
    .legend(legend())
    .noValue(NOT_KNOWN)
    .withTarget(
      overTime(
        `60 * sum by (sync_status) (rate(gitops_reports_total{${PICKED}}[${macro('__rate_interval')}]))`,
        '{{sync_status}}',
      ),
    );
}
