import { OpenAPIHono, z } from '@hono/zod-openapi';
import { groupBy } from '../../../domain/group-by.ts';
import { complianceOf } from '../../../domain/questions/compliance.ts';
import { type TargetHistory, targetHistories } from '../../../domain/questions/histories.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import { segmentsOf } from '../../../domain/questions/timeline.ts';
import { complianceTrend } from '../../../domain/questions/trend.ts';
import { grafanaTrendRow, toTrendRow } from '../../schemas/grafana.ts';
import { complianceRow, toComplianceRow } from '../../schemas/history.ts';
import { pointsOf, pointsParams } from '../../schemas/points.ts';
import { filterParams, rangeAsked, rangeParams, selectionOf } from '../../schemas/query.ts';
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

const describe = (path: string, operationId: string) =>
  listRoute({
    path,
    operationId,
    summary: 'How well targets kept in sync over a range',
    description:
      'Seconds per state since the declaration or the first report, the share in sync of the time that was known, and the time it ' +
      'took to resolve incidents. Silence and UNKNOWN count as neither health nor drift: `coverage` shows them.',
    query: { ...filterParams, ...rangeParams, group_by: groupByParam('target'), sort: sortParam },
    row: complianceRow,
  });

const trend = listRoute({
  path: '/grafana/trend',
  operationId: 'listGrafanaTrend',
  summary:
    'For a time series: how well targets kept in sync, and how long it took to resolve incidents, per bucket',
  description: 'An incident counts in the bucket in which it was resolved.',
  query: { ...filterParams, ...rangeParams, ...pointsParams, group_by: groupByParam('all') },
  row: grafanaTrendRow,
});

type History = SegmentedHistory & TargetHistory;

export function complianceRoutes({ store, histories, clock }: SharedDeps) {
  const app = new OpenAPIHono();
  for (const route of [
    describe('/api/v1/compliance', 'listCompliance'),
    describe('/grafana/compliance', 'listGrafanaCompliance'),
  ]) {
    app.openapi(route, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      // A row for each target is a history for each; one for many needs them all.
      const limit = query.group_by === 'target' && query.sort === 'name' ? query.limit : undefined;
      const selection = selectionOf(query);
      const found =
        limit === undefined
          ? await histories.withIncidents(selection, { range, now, areNeeded: needsIncidents(query) })
          : (await targetHistories(store, selection, { range, now, limit })).map((history) => ({
              ...history,
              segments: segmentsOf(history, range),
            }));
      const rows = groupsOf(found, query.group_by).map(({ name, segments, incidents }) =>
        toComplianceRow(name, complianceOf(segments, incidents)),
      );
      if (query.sort === 'worst') rows.sort((a, b) => (a.in_sync_ratio ?? 2) - (b.in_sync_ratio ?? 2));
      return answerRows(c, rows, { row: complianceRow, ...query, readUpTo: limit });
    });
  }
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
