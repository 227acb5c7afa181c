import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import type { ColumnOf, Endpoint } from './endpoints.ts';
import { inOrder } from './in-order.ts';
import { DATASOURCE, infinity } from './infinity-query.ts';
import { NOT_KNOWN, notKnownMapping } from './theme.ts';

interface StatOptions<E extends Endpoint> {
  readonly title: string;
  readonly description: string;
  readonly endpoint: E;
  readonly params: Readonly<Record<string, string>>;
  /** The text without a row. */
  readonly noValue?: string;
  /** A tile for each, in this order. */
  readonly tiles: readonly {
    readonly name: ColumnOf<E>;
    readonly title: string;
    readonly overrides: readonly DynamicConfigValue[];
  }[];
}

/** The numbers of a row, side by side: one request for all of them. */
export function stat<E extends Endpoint>(options: StatOptions<E>): StatPanel {
  const { title, description, endpoint, params, tiles, noValue = NOT_KNOWN } = options;
  const panel = new StatPanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .noValue(noValue)
    .mappings([notKnownMapping])
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.BackgroundSolid)
    .textMode(BigValueTextMode.ValueAndName)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .withTarget(infinity({ endpoint, params, columns: tiles.map(({ name }) => name) }))
    .withTransformation(inOrder(tiles.map(({ name }) => name)));
  for (const { name, title: displayName, overrides } of tiles) {
    panel.overrideByName(name, [{ id: 'displayName', value: displayName }, ...overrides]);
  }
  return panel;
}

/** One colour, for any number. */
export function fixedColor(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: 'fixed', fixedColor: color } };
}
