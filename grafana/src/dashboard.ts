import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, infinity, PROVISIONED, RANGE } from './infinity-query.ts';
import { datasourcePicker } from './variables.ts';

/** A panel that can be given an id, as every builder of the SDK can. */
interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
}

interface DashboardOptions {
  readonly uid: string;
  readonly description: string;
  /** What its variables select. */
  readonly selected: Readonly<Record<string, string>>;
  /** Whether incidents are marked at first; for a fleet they would cover everything. */
  readonly marksIncidents: boolean;
}

/** The common parts of the dashboards: the last day, refreshed every minute, incidents and deploys marked. */
export function dashboard(title: string, { uid, description, selected, marksIncidents }: DashboardOptions) {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['gitops'])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .withVariable(
      datasourcePicker({
        type: PROVISIONED.type,
        label: 'Datasource',
        provisioned: { name: 'GitOps Status', uid: PROVISIONED.uid },
      }),
    )
    .annotation(marks('incident', selected).name('Incidents').enable(marksIncidents).iconColor('red'))
    .annotation(marks('deploy', selected).name('Deploys').enable(true).iconColor('blue'));
}

function marks(
  kind: 'incident' | 'deploy',
  selected: Readonly<Record<string, string>>,
): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder().datasource(DATASOURCE).target(
    infinity({
      refId: `Anno-${kind}`,
      endpoint: '/grafana/annotations',
      columns: ['time', 'timeEnd', 'title', 'text', 'tags'],
      params: { kind, ...selected, ...RANGE, limit: '500' },
      format: 'dataframe',
    }),
  );
}

/** Lays panels out from left to right. The SDK gives them no ids, and Grafana links to panels by id. */
export function withPanels(builder: DashboardBuilder, panels: readonly PanelBuilder[]): Dashboard {
  panels.forEach((panel, i) => {
    builder.withPanel(panel.id(i + 1));
  });
  return builder.build();
}
