import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { groupBy } from '../../../domain/group-by.ts';
import { complianceOf } from '../../../domain/questions/compliance.ts';
import {
  complianceByMonth,
  type Grouping as MonthGrouping,
} from '../../../domain/questions/compliance-groups.ts';
import { type TargetHistory, targetHistories } from '../../../domain/questions/histories.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import { segmentsOf } from '../../../domain/questions/timeline.ts';
import { complianceTrend } from '../../../domain/questions/trend.ts';
import { grafanaTrendRow, toTrendRow } from '../../schemas/grafana.ts';
import { complianceRow, toComplianceRow } from '../../schemas/history.ts';
import {
  complianceMonth,
  groupByOrLabel,
  type MonthsQuery,
  monthParams,
  monthsAsked,
  toComplianceMonth,
} from '../../schemas/monthly.ts';
import { pointsOf, pointsParams } from '../../schemas/points.ts';
import {
  filterParams,
  invalidParameter,
  type RangeQuery,
  rangeAsked,
  rangeParams,
  selectionOf,
  type TargetQuery,
} from '../../schemas/query.ts';
import type { SegmentedHistory, SharedDeps } from '../../shared-histories.ts';
import { answerRows, listRoute } from './list.ts';

const GROUPINGS = ['target', 'repo', 'all'] as const;
type Grouping = (typeof GROUPINGS)[number];

function groupByParam(usual: Grouping) {
  return z
    .enum(GROUPINGS, `must be one of ${GROUPINGS.join(', ')}`)
    .default(usual)
    .openapi({ title: 'Grouping', description: 'One row per target, per repo, or one for all.' });
}

const SORTS = ['name', 'worst'] as const;
const sortParam = z
  .enum(SORTS, `must be one of ${SORTS.join(', ')}`)
  .default('name')
  .openapi({ title: 'ComplianceSort', description: 'By name, or the smallest share in sync first.' });

const words = {
  summary: 'How long targets were in sync over a range',
  description:
    'Seconds per state since the declaration or the first report, the share of the known time that was ' +
    'in sync, and how long it took to resolve incidents. STALE and UNKNOWN count neither as in sync nor ' +
    'as drift: `coverage` says how much of the time was known.',
};

const ofRange = listRoute({
  path: '/grafana/compliance',
  operationId: 'listGrafanaCompliance',
  ...words,
  query: { ...filterParams, ...rangeParams, group_by: groupByParam('target'), sort: sortParam },
  row: complianceRow,
});

const ofRangeOrMonths = listRoute({
  path: '/api/v1/compliance',
  operationId: 'listCompliance',
  ...words,
  query: {
    ...filterParams,
    ...rangeParams,
    ...monthParams,
    group_by: groupByOrLabel('target'),
    sort: sortParam,
  },
  row: z.union([complianceRow, complianceMonth]).openapi('ComplianceRow'),
});

const trend = listRoute({
  path: '/grafana/trend',
  operationId: 'listGrafanaTrend',
  summary:
    'For a time series: how long targets were in sync, and how long it took to resolve incidents, per bucket',
  description: 'An incident counts in the bucket in which it was resolved.',
  query: { ...filterParams, ...rangeParams, ...pointsParams, group_by: groupByParam('all') },
  row: grafanaTrendRow,
});

type History = SegmentedHistory & TargetHistory;

/** The parameters of both routes. */
interface RangeAnswer extends TargetQuery, RangeQuery {
  readonly sort: (typeof SORTS)[number];
  readonly limit?: number | undefined;
  readonly format: 'json' | 'csv';
  readonly raw: 'true' | 'false';
  readonly fields?: readonly string[] | undefined;
}

export function complianceRoutes({ store, histories, clock }: SharedDeps) {
  async function answerRange(c: Context, query: RangeAnswer, by: Grouping) {
    const now = clock();
    const range = rangeOf(rangeAsked(query, now), now);
    // A row for each target needs only its own history; a row for many needs all of theirs.
    const limit = by === 'target' && query.sort === 'name' ? query.limit : undefined;
    const selection = selectionOf(query);
    const found =
      limit === undefined
        ? await histories.withIncidents(selection, { range, now, areNeeded: needsIncidents(query) })
        : (await targetHistories(store, selection, { range, now, limit })).map((history) => ({
            ...history,
            segments: segmentsOf(history, range),
          }));
    const rows = groupsOf(found, by).map(({ name, segments, incidents }) =>
      toComplianceRow(name, complianceOf(segments, incidents)),
    );
    return answerRows(c, sorted(rows, query), { row: complianceRow, ...query, readUpTo: limit });
  }

  async function answerMonths(c: Context, query: RangeAnswer & MonthsQuery, grouping: MonthGrouping) {
    const now = clock();
    const months = monthsAsked(query, rangeAsked(query, now), now);
    const [found = []] = await complianceByMonth(store, selectionOf(query), [grouping], { months, now });
    const rows = found.map((one) => toComplianceMonth(one, now));
    return answerRows(c, sorted(rows, query), { row: complianceMonth, ...query });
  }

  const app = new OpenAPIHono()
    .openapi(ofRangeOrMonths, (c) => {
      const { group_by, period, ...query } = c.req.valid('query');
      if (period === 'month') return answerMonths(c, query, group_by);
      const ofMonths = ['tz', 'month'] as const;
      const alone = ofMonths.find((name) => query[name] !== undefined);
      if (alone !== undefined) throw invalidParameter(alone, 'needs period=month');
      if (group_by.by === 'label') throw invalidParameter('group_by', 'by label needs period=month');
      return answerRange(c, query, group_by.by);
    })
    .openapi(ofRange, (c) => {
      const query = c.req.valid('query');
      return answerRange(c, query, query.group_by);
    });
  return app.openapi(trend, async (c) => {
    const query = c.req.valid('query');
    const now = clock();
    const range = rangeOf(rangeAsked(query, now), now);
    const found = await histories.withIncidents(selectionOf(query), { range, now });
    const groups = groupsOf(found, query.group_by);
    const buckets = pointsOf(query, { range, series: groups.length });
    const columns = groups.map(({ name, segments, incidents }) =>
      complianceTrend(segments, incidents, { buckets, range }).map((point) => toTrendRow(name, point)),
    );
    const rows = buckets.starts.flatMap((_, i) => columns.flatMap((column) => column[i] ?? []));
    return answerRows(c, rows, { row: grafanaTrendRow, ...query });
  });
}

function sorted<R extends { readonly in_sync_ratio: number | null }>(
  rows: R[],
  { sort }: Pick<RangeAnswer, 'sort'>,
): R[] {
  return sort === 'worst' ? rows.sort((a, b) => (a.in_sync_ratio ?? 2) - (b.in_sync_ratio ?? 2)) : rows;
}

const OF_INCIDENTS = ['incidents', 'mean_time_to_resolve_s', 'median_time_to_resolve_s'];

function needsIncidents({ fields }: { readonly fields?: readonly string[] | undefined }): boolean {
  return fields === undefined || fields.some((field) => OF_INCIDENTS.includes(field));
}

/** Tracking starts when a target was declared, or at its first report. */
function groupsOf(found: readonly History[], by: Grouping) {
  const groups = groupBy(found, ({ target }) => groupKey(target, by));
  return [...groups.values()].map((group) => ({
    name: groupName(group, by),
    segments: group.flatMap(({ segments }) => segments),
    incidents: group.flatMap(({ incidents }) => incidents),
  }));
}

function groupKey({ repo, server }: TargetHistory['target'], by: Grouping): string {
  if (by === 'all') return '';
  return by === 'repo' ? repo : `${repo} ${server}`;
}

function groupName([first]: readonly History[], by: Grouping) {
  return {
    repo: by === 'all' ? null : (first?.target.repo ?? null),
    server: by === 'target' ? (first?.target.server ?? null) : null,
  };
}
