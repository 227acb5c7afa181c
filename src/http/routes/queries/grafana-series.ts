import { OpenAPIHono, z } from '@hono/zod-openapi';
import { driftCountDuring } from '../../../domain/drift-count.ts';
import { targetHistories } from '../../../domain/questions/histories.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import { type Buckets, worstPerBucket } from '../../../domain/questions/sampling.ts';
import { type Segment, segmentsOf } from '../../../domain/questions/timeline.ts';
import type { State } from '../../../domain/state.ts';
import { compareTargets, type Target } from '../../../domain/target.ts';
import type { Queries } from '../../../store/queries.ts';
import type { QueryDeps } from '../../deps.ts';
import { codeOf, grafanaCountsRow, grafanaDriftRow, grafanaStateRow } from '../../schemas/grafana.ts';
import { pointsOf, pointsParams } from '../../schemas/points.ts';
import {
  filterParams,
  type RangeQuery,
  rangeAsked,
  rangeParams,
  selectionOf,
  type TargetQuery,
} from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const state = listRoute({
  path: '/grafana/state',
  operationId: 'getGrafanaState',
  summary: 'For a state timeline or status history: the state of each target as a number',
  description:
    'In buckets that all targets share, the worst state in each, so that a short drift is seen; or, with ' +
    '`shape=edges`, only where it changes.',
  query: {
    ...filterParams,
    ...rangeParams,
    ...pointsParams,
    shape: z.enum(['buckets', 'edges'], 'must be buckets or edges').default('buckets'),
  },
  row: grafanaStateRow,
});

const drift = listRoute({
  path: '/grafana/series',
  operationId: 'getGrafanaSeries',
  summary: 'For a time series: the drift of each target, or the number of targets per state',
  query: {
    ...filterParams,
    ...rangeParams,
    ...pointsParams,
    by: z.enum(['target', 'state'], 'must be target or state').default('target'),
  },
  row: z.union([grafanaDriftRow, grafanaCountsRow]),
});

type PointsQuery = TargetQuery & RangeQuery & Parameters<typeof pointsOf>[0];

interface TargetSegments {
  readonly target: Target;
  readonly segments: readonly Segment[];
}

export function grafanaSeriesRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(state, async (c) => {
      const query = c.req.valid('query');
      const { fleet, buckets } = await sampledFleet(store, query, clock());
      const rows = (query.shape === 'edges' ? edges(fleet) : samples(fleet, buckets)).map(
        ({ time, target, segment }) => ({ time, ...target, state: codeOf(segment.state) }),
      );
      return answerRows(c, rows, { row: grafanaStateRow, ...query });
    })
    .openapi(drift, async (c) => {
      const query = c.req.valid('query');
      const { fleet, buckets } = await sampledFleet(store, query, clock());
      if (query.by === 'state') {
        return answerRows(c, countsPerBucket(fleet, buckets), { row: grafanaCountsRow, ...query });
      }
      const rows = samples(fleet, buckets).map(({ time, target, segment }) => ({
        time,
        ...target,
        drift_count: driftCountDuring(segment) ?? null,
      }));
      return answerRows(c, rows, { row: grafanaDriftRow, ...query });
    });
}

async function sampledFleet(store: Queries, query: PointsQuery, now: number) {
  const range = rangeOf(rangeAsked(query, now), now);
  const histories = await targetHistories(store, selectionOf(query), { range, now });
  const fleet = histories.map((history) => ({
    target: history.target,
    segments: segmentsOf(history, range),
  }));
  return { fleet, buckets: pointsOf(query, { range, targets: fleet.length }) };
}

/** A row per target and bucket, ascending; no row before the first report of a target. */
function samples(fleet: readonly TargetSegments[], buckets: Buckets) {
  const columns = fleet.map(({ target, segments }) => ({ target, worst: worstPerBucket(segments, buckets) }));
  return buckets.starts.flatMap((time, i) =>
    columns.flatMap(({ target, worst }) => {
      const segment = worst[i];
      return segment === undefined ? [] : [{ time, target, segment }];
    }),
  );
}

/** A row for each start of a state, ascending. */
function edges(fleet: readonly TargetSegments[]) {
  return fleet
    .flatMap(({ target, segments }) =>
      segments
        .filter((segment, i) => segment.state !== segments[i - 1]?.state)
        .map((segment) => ({ time: segment.from, target, segment })),
    )
    .sort((a, b) => a.time - b.time || compareTargets(a.target, b.target));
}

function countsPerBucket(fleet: readonly TargetSegments[], buckets: Buckets) {
  const worst = fleet.map(({ segments }) => worstPerBucket(segments, buckets));
  return buckets.starts.map((time, i) => {
    const count = (wanted: State) => worst.filter((column) => column[i]?.state === wanted).length;
    return {
      time,
      synced: count('SYNCED'),
      out_of_sync: count('OUT_OF_SYNC'),
      unknown: count('UNKNOWN'),
      stale: count('STALE'),
    };
  });
}
