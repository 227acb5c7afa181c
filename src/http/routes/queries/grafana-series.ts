import { OpenAPIHono, z } from '@hono/zod-openapi';
import { driftCountDuring } from '../../../domain/drift-count.ts';
import { groupBy } from '../../../domain/group-by.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import { type Buckets, worstPerBucket } from '../../../domain/questions/sampling.ts';
import { stateCountsPerBucket } from '../../../domain/questions/state-counts.ts';
import { worstTargets } from '../../../domain/questions/worst-targets.ts';
import { compareTargets } from '../../../domain/target.ts';
import {
  codeOf,
  grafanaCountsRow,
  grafanaDriftRow,
  grafanaRepoCountsRow,
  grafanaStateRow,
  toCounts,
} from '../../schemas/grafana.ts';
import { pointsOf, pointsParams, worstParam } from '../../schemas/points.ts';
import {
  filterParams,
  type RangeQuery,
  rangeAsked,
  rangeParams,
  selectionOf,
  type TargetQuery,
} from '../../schemas/query.ts';
import type { SegmentedHistory, SharedDeps, SharedHistories } from '../../shared-histories.ts';
import { answerRows, listRoute } from './list.ts';

const state = listRoute({
  path: '/grafana/state',
  operationId: 'listGrafanaState',
  summary: 'For a state timeline or status history: the state of each target as a number',
  description:
    'In buckets that all targets share. Each bucket has the worst state in it, so a short drift is ' +
    'visible. With `shape=edges` only the instants at which a state changes.',
  query: {
    ...filterParams,
    ...rangeParams,
    ...pointsParams,
    ...worstParam,
    shape: z
      .enum(['buckets', 'edges'], 'must be buckets or edges')
      .default('buckets')
      .openapi({ title: 'StateShape' }),
  },
  row: grafanaStateRow,
});

const BY = ['target', 'state', 'repo'] as const;

const series = listRoute({
  path: '/grafana/series',
  operationId: 'listGrafanaSeries',
  summary:
    'For a time series: the drift of each target, or the number of targets per state, of all or of each repo',
  query: {
    ...filterParams,
    ...rangeParams,
    ...pointsParams,
    by: z
      .enum(BY, `must be one of ${BY.join(', ')}`)
      .default('target')
      .openapi({ title: 'SeriesBy' }),
  },
  row: z.union([grafanaDriftRow, grafanaCountsRow, grafanaRepoCountsRow]).openapi('GrafanaSeriesRow'),
});

type PointsQuery = TargetQuery & RangeQuery & Parameters<typeof pointsOf>[0];
type Fleet = readonly SegmentedHistory[];

export function grafanaSeriesRoutes({ histories, clock }: SharedDeps) {
  return new OpenAPIHono()
    .openapi(state, async (c) => {
      const query = c.req.valid('query');
      const { fleet, range } = await fleetOf(histories, query, clock());
      const shown = query.worst === undefined ? fleet : worstTargets(fleet, query.worst);
      const buckets = pointsOf(query, { range, series: shown.length, nameLengths: nameLengthsOf(shown) });
      const rows = (query.shape === 'edges' ? edges(shown) : samples(shown, buckets)).map(
        ({ time, history, segment }) => ({ time, ...history.target, state: codeOf(segment.state) }),
      );
      return answerRows(c, rows, { row: grafanaStateRow, ...query });
    })
    .openapi(series, async (c) => {
      const query = c.req.valid('query');
      const { fleet, range } = await fleetOf(histories, query, clock());
      if (query.by === 'state') {
        const buckets = pointsOf(query, { range, series: 1 });
        return answerRows(c, counts(fleet, buckets), { row: grafanaCountsRow, ...query });
      }
      if (query.by === 'repo') {
        const repos = groupBy(fleet, ({ target }) => target.repo);
        const buckets = pointsOf(query, { range, series: repos.size });
        return answerRows(c, countsByRepo(repos, buckets), { row: grafanaRepoCountsRow, ...query });
      }
      const buckets = pointsOf(query, { range, series: fleet.length });
      const rows = samples(fleet, buckets).map(({ time, history, segment }) => ({
        time,
        ...history.target,
        drift_count: driftCountDuring(segment) ?? null,
      }));
      return answerRows(c, rows, { row: grafanaDriftRow, ...query });
    });
}

async function fleetOf(histories: SharedHistories, query: PointsQuery, now: number) {
  const range = rangeOf(rangeAsked(query, now), now);
  return { fleet: await histories.segmented(selectionOf(query), { range, now }), range };
}

function nameLengthsOf(fleet: Fleet): number {
  return fleet.reduce((sum, { target: { repo, server } }) => sum + repo.length + server.length, 0);
}

/** A row per target and bucket, ascending, from the first report of a target. */
function samples(fleet: Fleet, buckets: Buckets) {
  const columns = fleet.map((history) => ({ history, worst: worstPerBucket(history.segments, buckets) }));
  return buckets.starts.flatMap((time, i) =>
    columns.flatMap(({ history, worst }) => {
      const segment = worst[i];
      return segment === undefined ? [] : [{ time, history, segment }];
    }),
  );
}

/** A row for each start of a state, ascending. */
function edges(fleet: Fleet) {
  return fleet
    .flatMap((history) =>
      history.segments
        .filter((segment, i) => segment.state !== history.segments[i - 1]?.state)
        .map((segment) => ({ time: segment.from, history, segment })),
    )
    .sort((a, b) => a.time - b.time || compareTargets(a.history.target, b.history.target));
}

function counts(fleet: Fleet, buckets: Buckets) {
  const perBucket = stateCountsPerBucket(
    fleet.map(({ segments }) => segments),
    buckets,
  );
  return perBucket.map((count, i) => ({ time: buckets.starts[i] ?? 0, ...toCounts(count) }));
}

/** Ascending, as long series must be; a row per repo and bucket. */
function countsByRepo(repos: ReadonlyMap<string, Fleet>, buckets: Buckets) {
  const columns = [...repos].map(([repo, fleet]) => ({ repo, rows: counts(fleet, buckets) }));
  return buckets.starts.flatMap((time, i) =>
    columns.flatMap(({ repo, rows }) => {
      const row = rows[i];
      return row === undefined ? [] : [{ ...row, time, repo }];
    }),
  );
}
