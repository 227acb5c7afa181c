import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, infinity, RANGE, SELECTED } from './infinity-query.ts';

/** A panel that can be given an id, as every builder of the SDK can. */
interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
}

/** What the dashboards have in common: the last day, refreshed every minute, incidents and deploys marked. */
export function dashboard(title: string, { uid, description }: { uid: string; description: string }) {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['gitops'])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .annotation(
      new AnnotationQueryBuilder()
        .name('Incidents and deploys')
        .enable(true)
        .iconColor('red')
        .datasource(DATASOURCE)
        .target(
          infinity({
            refId: 'Anno',
            endpoint: '/grafana/annotations',
            columns: ['time', 'timeEnd', 'title', 'text', 'tags'],
            params: { ...SELECTED, ...RANGE },
            format: 'dataframe',
          }),
        ),
    );
}

/** Lays panels out from left to right; the SDK gives none an id, and Grafana links to panels by theirs. */
export function withPanels(builder: DashboardBuilder, panels: readonly PanelBuilder[]): Dashboard {
  panels.forEach((panel, i) => {
    builder.withPanel(panel.id(i + 1));
  });
  return builder.build();
}
