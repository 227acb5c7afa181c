import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { BUCKETS, DATASOURCE, infinity, RANGE } from './infinity-query.ts';
import { legend } from './legend.ts';
import { NOT_KNOWN, stateMapping } from './theme.ts';

interface TimelineOptions {
  readonly title: string;
  readonly description: string;
  /** Buckets that all targets share, or the exact instants at which one target changed. */
  readonly shape: 'buckets' | 'edges';
  readonly displayName: string;
  readonly params: Readonly<Record<string, string>>;
  /** The text without a series. */
  readonly noValue?: string;
}

/** The state of each target over time, a row each. */
export function timeline({
  title,
  description,
  shape,
  displayName,
  params,
  noValue = NOT_KNOWN,
}: TimelineOptions): StateTimelinePanel {
  return new StateTimelinePanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .fillOpacity(80)
    .rowHeight(0.85)
    .perPage(30)
    .mappings([stateMapping])
    .noValue(noValue)
    .displayName(displayName)
    .legend(legend())
    .withTarget(
      infinity({
        endpoint: '/grafana/state',
        columns: ['time', 'repo', 'server', 'state'],
        params: { shape, ...params, ...RANGE, ...(shape === 'buckets' ? BUCKETS : {}) },
        format: 'timeseries',
      }),
    );
}
