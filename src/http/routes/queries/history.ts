import { OpenAPIHono } from '@hono/zod-openapi';
import { selectedTargets } from '../../../domain/questions/histories.ts';
import { factRangeOf, rangeOf } from '../../../domain/questions/range.ts';
import { targetSegments } from '../../../domain/questions/timeline.ts';
import type { QueryDeps } from '../../deps.ts';
import { incidentRow, timelineRow, toIncidentRow, toTimelineRow } from '../../schemas/history.ts';
import {
  filterParams,
  isWantedState,
  rangeAsked,
  rangeParams,
  selectionOf,
  targetFilter,
} from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const timeline = listRoute({
  path: '/api/v1/timeline',
  operationId: 'getTimeline',
  summary: 'What was true when: segments of state per target over a range',
  description:
    'One row per run of equal state, finding and commit, clipped to the range, ascending, without holes from a ' +
    "target's first report on. Silence past `stale_at` is a segment of its own, STALE.",
  query: { ...filterParams, ...rangeParams },
  row: timelineRow,
});

const incidents = listRoute({
  path: '/api/v1/incidents',
  operationId: 'getIncidents',
  summary: 'Incidents that overlap a range, newest first',
  query: { ...filterParams, ...rangeParams },
  row: incidentRow,
});

export function historyRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(timeline, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      // With a filter of states the limit applies after reading, because the states are only known then.
      const limit = selectionOf(query).states === undefined ? query.limit : undefined;
      const segments = await targetSegments(store, targetFilter(query), { range, limit });
      const rows = segments
        .filter(({ segment }) => isWantedState(segment.state, query))
        .map(({ target, segment }) => toTimelineRow(target, segment));
      return answerRows(c, rows, { row: timelineRow, ...query, readUpTo: limit });
    })
    .openapi(incidents, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const wanted = await selectedTargets(store, selectionOf(query), now);
      const limit = selectionOf(query).states === undefined ? query.limit : undefined;
      const found = await store.incidents(
        targetFilter(query),
        factRangeOf(rangeAsked(query, now), now),
        limit,
      );
      const rows = found.filter(wanted).map((incident) => toIncidentRow(incident, now));
      return answerRows(c, rows, { row: incidentRow, ...query, readUpTo: limit });
    });
}
