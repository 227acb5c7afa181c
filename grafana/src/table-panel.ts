import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import type { ColumnOf, Endpoint } from './endpoints.ts';
import { inOrder } from './in-order.ts';
import { DATASOURCE, infinity } from './infinity-query.ts';
import { targetUrl } from './links.ts';
import { macro } from './macro.ts';
import { causeMapping, openMapping, runMapping, stateMapping, syncStatusMapping } from './theme.ts';

/** A column of a table, in the order in which they are shown. */
interface TableColumn<E extends Endpoint> {
  readonly name: ColumnOf<E>;
  readonly title: string;
  readonly overrides?: readonly DynamicConfigValue[];
}

interface TableOptions<E extends Endpoint> {
  readonly title: string;
  readonly description: string;
  readonly endpoint: E;
  readonly params: Readonly<Record<string, string>>;
  readonly rootSelector?: string;
  readonly columns: readonly TableColumn<E>[];
  /** By title; a leading minus is descending. */
  readonly sortBy: readonly string[];
  /** The text of an empty table. */
  readonly noValue: string;
}

/** Each column has its own text: otherwise every empty cell would show the text of an empty table. */
const EMPTY_CELL: DynamicConfigValue = { id: 'noValue', value: '–' };

/** A table of one endpoint. */
export function table<E extends Endpoint>(options: TableOptions<E>): TablePanel {
  const { title, description, endpoint, params, columns, sortBy, noValue } = options;
  const panel = new TablePanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .noValue(noValue)
    .filterable(true)
    .withTarget(
      infinity({
        endpoint,
        params,
        columns: columns.map(({ name }) => name),
        ...(options.rootSelector === undefined ? {} : { rootSelector: options.rootSelector }),
      }),
    )
    .withTransformation(inOrder(columns.map(({ name }) => name)))
    .sortBy(sortBy.map(sortField));
  for (const { name, title: displayName, overrides = [] } of columns) {
    panel.overrideByName(name, [{ id: 'displayName', value: displayName }, EMPTY_CELL, ...overrides]);
  }
  return panel;
}

function sortField(text: string): TableSortByFieldStateBuilder {
  const desc = text.startsWith('-');
  return new TableSortByFieldStateBuilder().displayName(desc ? text.slice(1) : text).desc(desc);
}

export const width = (pixels: number): DynamicConfigValue => ({ id: 'custom.width', value: pixels });

export const unit = (name: string): DynamicConfigValue => ({ id: 'unit', value: name });

/** The age in words, for a list of servers. */
export const ago = [unit('dateTimeFromNow'), width(140)];

export const span = [unit('s'), width(110)];

export const stateCell = colored(stateMapping, 130);
export const syncStatusCell = colored(syncStatusMapping, 130);

export const causeCell: readonly DynamicConfigValue[] = [
  { id: 'mappings', value: [causeMapping] },
  { id: 'custom.cellOptions', value: { type: 'color-text' } },
  width(180),
];

export const openCell: readonly DynamicConfigValue[] = [
  { id: 'mappings', value: [openMapping] },
  { id: 'custom.cellOptions', value: { type: 'color-text' } },
  width(100),
];

export const runCell: readonly DynamicConfigValue[] = [
  { id: 'mappings', value: [runMapping] },
  { id: 'links', value: [{ title: 'CI run', url: macro('__value.raw:raw'), targetBlank: true }] },
  width(80),
];

/** The dashboard of the row's target. */
export const targetLink: DynamicConfigValue = {
  id: 'links',
  value: [{ title: 'Show this target', url: targetUrl('__data.fields') }],
};

function colored(mapping: ValueMapping, pixels: number): readonly DynamicConfigValue[] {
  return [
    { id: 'mappings', value: [mapping] },
    { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    width(pixels),
  ];
}
