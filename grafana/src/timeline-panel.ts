import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { BUCKETS, DATASOURCE, infinity, RANGE, SELECTED } from './infinity-query.ts';
import { stateMapping } from './theme.ts';

interface TimelineOptions {
  readonly title: string;
  readonly description: string;
  /** Buckets that all targets share, or the very instants at which one target changed. */
  readonly shape: 'buckets' | 'edges';
  readonly displayName: string;
}

/** The state of each target over time, a row each. */
export function timeline({ title, description, shape, displayName }: TimelineOptions): StateTimelinePanel {
  return (
    new StateTimelinePanel()
      .title(title)
      .description(description)
      .datasource(DATASOURCE)
      // A bucket is two pixels at the least: more of them would only be sent, not seen.
      .maxDataPoints(300)
      .showValue(VisibilityMode.Never)
      .mergeValues(true)
      .fillOpacity(80)
      .rowHeight(0.85)
      .perPage(30)
      .mappings([stateMapping])
      .noValue('not known')
      .displayName(displayName)
      .withTarget(
        infinity({
          endpoint: '/grafana/state',
          columns: ['time', 'repo', 'server', 'state'],
          params: { shape, ...SELECTED, ...RANGE, ...(shape === 'buckets' ? BUCKETS : {}) },
          format: 'timeseries',
        }),
      )
  );
}
