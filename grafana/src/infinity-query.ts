import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { type ColumnOf, type ColumnType, columnType, type Endpoint } from './endpoints.ts';
import { macro } from './macro.ts';

const PLUGIN = 'yesoreyeram-infinity-datasource';

/** Fixed in the provisioned datasource: rules have no variables, so they use its uid. */
export const PROVISIONED = { type: PLUGIN, uid: 'gitops-status' } as const;

/** The value of a dashboard's picker, so that a dashboard can be imported if the datasource has another uid. */
export const DATASOURCE = { type: PLUGIN, uid: macro('datasource') } as const;

/**
 * The selection of the variables. The server accepts every spelling of "all". A label may have any character of a list,
 * so the labels are whole parameters, not one value: `label=env:prod&label=env:test`.
 */
export const SELECTED = {
  repo: macro('repo'),
  server: macro('server'),
  label: macro('label:customqueryparam:label'),
} as const;

/** The same for the dashboard of one target: without a pick it asks for nothing, not for everything. */
export const PICKED = { ...SELECTED, picked_only: 'true' } as const;

/** The time range. Unlike `$__from`, these also follow a panel's own range, and work in shared dashboards. */
export const RANGE = { from: macro('__timeFrom'), to: macro('__timeTo') } as const;

/** The width of a bucket, for the width of the panel. */
export const BUCKETS = { interval_ms: macro('__interval_ms') } as const;

interface InfinityColumn {
  readonly selector: string;
  readonly text: string;
  readonly type: ColumnType;
}

interface Options {
  readonly params?: Readonly<Record<string, string>>;
  readonly format?: 'table' | 'timeseries' | 'dataframe';
  /** `simple` runs in the browser, and is only for variables: rules and shared dashboards cannot use it. */
  readonly parser?: 'backend' | 'simple';
  readonly rootSelector?: string;
  readonly refId?: string;
  readonly datasource?: typeof PROVISIONED;
}

interface Question<E extends Endpoint> extends Options {
  readonly endpoint: E;
  /** With fewer columns, less is sent to the browser. */
  readonly columns: readonly ColumnOf<E>[];
}

/** A query of the Infinity plugin, in the JSON that it saves. */
export class InfinityQuery implements Builder<Dataquery>, Dataquery {
  readonly refId: string;
  readonly datasource: { readonly type: typeof PLUGIN; readonly uid: string };
  readonly type = 'json';
  readonly source = 'url';
  /** Explicit: otherwise the plugin uses a default that gives rules no data. */
  readonly parser: 'backend' | 'simple';
  readonly format: 'table' | 'timeseries' | 'dataframe';
  readonly url: string;
  readonly root_selector: string;
  /** Each with its type: if the plugin has to guess, a change of type between two rows breaks it. */
  readonly columns: readonly InfinityColumn[];
  readonly filters: readonly never[] = [];
  readonly computed_columns: readonly never[] = [];
  readonly url_options: {
    readonly method: 'GET';
    readonly data: '';
    readonly params: readonly { readonly key: string; readonly value: string }[];
    readonly headers: readonly never[];
  };

  constructor(url: string, columns: readonly InfinityColumn[], options: Options) {
    this.refId = options.refId ?? 'A';
    this.datasource = options.datasource ?? DATASOURCE;
    this.parser = options.parser ?? 'backend';
    this.format = options.format ?? 'table';
    const params = Object.entries(options.params ?? {});
    const whole = params.map(([, value]) => value).filter(standsForParameters);
    this.url = whole.length === 0 ? url : `${url}?${whole.join('&')}`;
    this.root_selector = options.rootSelector ?? '';
    this.columns = columns;
    const single = params.filter(([, value]) => !standsForParameters(value));
    this.url_options = {
      method: 'GET',
      data: '',
      params: single.map(([key, value]) => ({ key, value })),
      headers: [],
    };
  }

  build(): this {
    return this;
  }

  /** The SDK's mark of a query. */
  _implementsDataqueryVariant(): void {}
}

/** The plugin encodes a value in its list of parameters as one value, so these belong into the URL. */
function standsForParameters(value: string): boolean {
  return value.includes(':customqueryparam:');
}

/** A query whose columns are checked against those of its endpoint. */
export function infinity<E extends Endpoint>({ endpoint, columns, ...options }: Question<E>): InfinityQuery {
  const typed = columns.map((name) => ({ selector: name, text: name, type: columnType(endpoint, name) }));
  // The browser gets the whole body in addition to the columns.
  const params = { ...options.params, fields: columns.join(',') };
  return new InfinityQuery(endpoint, typed, { ...options, params });
}
