import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Endpoint } from './endpoints.ts';
import { DATASOURCE, infinity } from './infinity-query.ts';

interface DatasourceOptions {
  readonly type: string;
  readonly label: string;
  readonly provisioned: { readonly name: string; readonly uid: string };
}

interface VariableOptions {
  readonly name: 'repo' | 'server' | 'label' | 'worst';
  readonly label: string;
  readonly endpoint: Extract<Endpoint, `/grafana/variables/${string}`>;
  readonly params?: Readonly<Record<string, string>>;
}

/** The datasource: the provisioned one if it exists, or else one of its kind. */
export function datasourcePicker({ type, label, provisioned }: DatasourceOptions): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label(label)
    .type(type)
    .current({ selected: true, text: provisioned.name, value: provisioned.uid });
}

/** Any number of names, or all of them. */
export function several(options: VariableOptions): QueryVariableBuilder {
  return (
    variable(options)
      .multi(true)
      .includeAll(true)
      // One `*` instead of every name: the names of a fleet do not fit into a URL.
      .allValue('*')
      .current({ selected: true, text: ['All'], value: ['$__all'] })
  );
}

/** The labels come first, because they narrow the other choices. */
export function severalLabels(): QueryVariableBuilder {
  return several({ name: 'label', label: 'Label', endpoint: '/grafana/variables/labels' });
}

/** Exactly one name: the one in the link that led here, or else the first. */
export function one(options: VariableOptions): QueryVariableBuilder {
  return variable(options).multi(false).includeAll(false).current({ selected: false, text: '', value: '' });
}

/** How many of how many targets a timeline shows, for its title. */
export function shownOf(params: Readonly<Record<string, string>>): QueryVariableBuilder {
  return variable({ name: 'worst', label: 'Worst', endpoint: '/grafana/variables/worst', params })
    .hide(VariableHide.HideVariable)
    .current({ selected: false, text: '', value: '' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(false)
    .includeAll(false);
}

function variable({ name, label, endpoint, params = {} }: VariableOptions): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.Disabled)
    .query({
      refId: 'variable',
      queryType: 'infinity',
      infinityQuery: infinity({
        refId: 'variable',
        endpoint,
        params,
        columns: ['text', 'value'],
        // An empty list has no columns for the backend parser, and a variable without columns is an error.
        parser: 'simple',
      }),
      meta: { textField: 'text', valueField: 'value' },
    });
}
