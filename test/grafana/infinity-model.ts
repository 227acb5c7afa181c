import { z } from 'zod';

const PLUGIN = 'yesoreyeram-infinity-datasource';

/** The value of the dashboard's picker. */
const datasource = z.strictObject({ type: z.literal(PLUGIN), uid: z.literal('${datasource}') });

/** Rules have no picker. */
const provisionedDatasource = z.strictObject({ type: z.literal(PLUGIN), uid: z.literal('gitops-status') });

/** A selector is a gjson path; only plain keys are used, so no other syntax has to be known here. */
const plainKey = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/);

/** The query that the plugin saves, without keys that it would ignore. */
const infinityQuery = z.strictObject({
  refId: z.string(),
  datasource: z.union([datasource, provisionedDatasource]),
  type: z.literal('json'),
  source: z.literal('url'),
  parser: z.enum(['backend', 'simple']),
  format: z.enum(['table', 'timeseries', 'dataframe']),
  url: z.string().startsWith('/grafana/'),
  root_selector: plainKey.or(z.literal('')),
  columns: z
    .array(
      z.strictObject({
        selector: plainKey,
        text: plainKey,
        type: z.enum(['string', 'number', 'boolean', 'timestamp', 'timestamp_epoch', 'timestamp_epoch_s']),
      }),
    )
    .min(1),
  filters: z.array(z.never()),
  computed_columns: z.array(z.never()),
  url_options: z.strictObject({
    method: z.literal('GET'),
    data: z.string(),
    params: z.array(z.strictObject({ key: z.string(), value: z.string() })),
    headers: z.array(z.never()),
  }),
  // What Grafana adds to the query of an alert rule.
  intervalMs: z.number().optional(),
  maxDataPoints: z.number().optional(),
});

export type InfinityModel = z.infer<typeof infinityQuery>;

const override = z.object({
  matcher: z.object({ id: z.literal('byName'), options: z.string() }),
  properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
});

const valueMapping = z.object({ type: z.string(), options: z.record(z.string(), z.unknown()) });

export const panel = z.object({
  id: z.number().int().positive(),
  type: z.enum(['stat', 'state-timeline', 'timeseries', 'bargauge', 'table']),
  title: z.string().min(1),
  datasource: z.union([datasource, provisionedDatasource]),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number().positive(), h: z.number().positive() }),
  targets: z.array(infinityQuery).length(1),
  maxDataPoints: z.number().optional(),
  transformations: z
    .array(
      z.object({
        id: z.literal('organize'),
        options: z.object({ indexByName: z.record(z.string(), z.number()) }),
      }),
    )
    .optional(),
  options: z.looseObject({
    legend: z.object({ showLegend: z.boolean(), displayMode: z.string() }).optional(),
    sortBy: z.array(z.object({ displayName: z.string() })).optional(),
    reduceOptions: z
      .object({
        values: z.boolean(),
        calcs: z.array(z.string()),
        fields: z.string(),
        limit: z.number().optional(),
      })
      .optional(),
  }),
  fieldConfig: z.object({
    defaults: z.object({
      displayName: z.string().optional(),
      noValue: z.string().min(1),
      mappings: z.array(valueMapping).optional(),
      links: z.array(z.object({ title: z.string().min(1), url: z.string() })).optional(),
      unit: z.string().optional(),
    }),
    overrides: z.array(override),
  }),
});

export type Panel = z.infer<typeof panel>;

const datasourceVariable = z.object({
  type: z.literal('datasource'),
  name: z.literal('datasource'),
  query: z.string(),
  current: z.object({ text: z.string(), value: z.string() }),
});

const variable = z.object({
  type: z.literal('query'),
  name: z.string(),
  datasource,
  multi: z.boolean(),
  includeAll: z.boolean(),
  allValue: z.string().optional(),
  current: z.object({ text: z.unknown(), value: z.unknown() }),
  query: z.strictObject({
    refId: z.literal('variable'),
    queryType: z.literal('infinity'),
    infinityQuery,
    meta: z.strictObject({ textField: z.string(), valueField: z.string() }),
  }),
});

const annotation = z.object({
  name: z.string(),
  enable: z.boolean(),
  iconColor: z.string(),
  datasource,
  target: infinityQuery,
});

export const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(panel).min(1),
  templating: z.object({ list: z.tuple([datasourceVariable], variable) }),
  annotations: z.object({ list: z.array(annotation) }),
});

export type Dashboard = z.infer<typeof dashboard>;

const threshold = z.strictObject({
  refId: z.string(),
  type: z.literal('threshold'),
  datasource: z.strictObject({ type: z.literal('__expr__'), uid: z.literal('__expr__') }),
  expression: z.string(),
  conditions: z.tuple([
    z.strictObject({
      type: z.literal('query'),
      evaluator: z.strictObject({ type: z.enum(['gt', 'lt']), params: z.tuple([z.number()]) }),
    }),
  ]),
  intervalMs: z.number(),
  maxDataPoints: z.number(),
});

const data = <M extends z.ZodType>(datasourceUid: string, model: M) =>
  z.strictObject({
    refId: z.string(),
    datasourceUid: z.literal(datasourceUid),
    relativeTimeRange: z.strictObject({ from: z.number(), to: z.number() }),
    model,
  });

/** Grafana's file format for alert rules, with the keys that its reader (`AlertRuleV1`) knows. */
const alertRule = z.strictObject({
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  title: z.string().min(1),
  condition: z.string(),
  for: z.string().regex(/^\d+[smh]$/),
  noDataState: z.enum(['NoData', 'Alerting', 'OK', 'KeepLast']),
  execErrState: z.enum(['Error', 'Alerting', 'OK', 'KeepLast']),
  isPaused: z.literal(false),
  dashboardUid: z.string(),
  panelId: z.number().int(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  data: z.tuple([data('gitops-status', infinityQuery), data('__expr__', threshold)]),
});

export type AlertRule = z.infer<typeof alertRule>;

export const alertRuleFile = z.strictObject({
  apiVersion: z.literal(1),
  groups: z
    .array(
      z.strictObject({
        orgId: z.literal(1),
        name: z.string(),
        folder: z.string().min(1),
        interval: z.string().regex(/^\d+[smh]$/),
        rules: z.array(alertRule).min(1),
      }),
    )
    .min(1),
});
