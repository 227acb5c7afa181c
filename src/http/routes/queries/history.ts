import { OpenAPIHono } from '@hono/zod-openapi';
import { selectedTargets } from '../../../domain/questions/histories.ts';
import { factRangeOf, rangeOf } from '../../../domain/questions/range.ts';
import { segmentsOf } from '../../../domain/questions/timeline.ts';
import { compareTargets } from '../../../domain/target.ts';
import type { QueryDeps } from '../../deps.ts';
import { incidentRow, timelineRow, toIncidentRow, toTimelineRow } from '../../schemas/history.ts';
import { filterParams, isWantedState, rangeParams, selectionOf, targetFilter } from '../../schemas/query.ts';
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
      const range = rangeOf(query, clock());
      const histories = await store.periods(targetFilter(query), range);
      const rows = histories
        .flatMap(({ target, periods }) => segmentsOf(periods, range).map((segment) => ({ target, segment })))
        .filter(({ segment }) => isWantedState(segment.state, query))
        .sort((a, b) => a.segment.from - b.segment.from || compareTargets(a.target, b.target))
        .map(({ target, segment }) => toTimelineRow(target, segment));
      return answerRows(c, rows, { row: timelineRow, ...query });
    })
    .openapi(incidents, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const wanted = await selectedTargets(store, selectionOf(query), now);
      const found = await store.incidents(targetFilter(query), factRangeOf(query, now));
      const rows = found.filter(wanted).map((incident) => toIncidentRow(incident, now));
      return answerRows(c, rows, { row: incidentRow, ...query });
    });
}
