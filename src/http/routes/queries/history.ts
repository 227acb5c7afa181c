import { OpenAPIHono } from '@hono/zod-openapi';
import { selectedTargets } from '../../../domain/questions/histories.ts';
import { factRangeOf, rangeOf } from '../../../domain/questions/range.ts';
import type { SegmentFacts } from '../../../domain/questions/reader.ts';
import type { QueryDeps } from '../../deps.ts';
import { incidentMuting } from '../../muting.ts';
import { rowsOf } from '../../rows-json.ts';
import { commitNames, commitParam, isOneOf } from '../../schemas/commit-query.ts';
import { incidentRow, timelineRow, toIncidentRow, toTimelineRow } from '../../schemas/history.ts';
import {
  filterParams,
  isWantedState,
  mutedParam,
  rangeAsked,
  rangeParams,
  selectionOf,
  targetFilter,
} from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const timeline = listRoute({
  path: '/api/v1/timeline',
  operationId: 'listTimeline',
  summary: 'What was true when: spans of state for each target over a range',
  description:
    'One row for each span in which state, finding and commit stayed the same, clipped to the range, ' +
    'oldest first. There are no gaps from the first report of a target on. Silence past `stale_at` is a ' +
    'span of its own, STALE.',
  query: { ...filterParams, ...commitParam, ...rangeParams },
  row: timelineRow,
});

const incidents = listRoute({
  path: '/api/v1/incidents',
  operationId: 'listIncidents',
  summary: 'Incidents that overlap a range, newest first',
  description:
    'With `commit`, only incidents that opened with it, were resolved with it, or were open when it was ' +
    'deployed.',
  query: { ...filterParams, ...commitParam, ...mutedParam, ...rangeParams },
  row: incidentRow,
});

export function historyRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(timeline, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      const { limit } = query;
      const commits = await commitNames(store, targetFilter(query), query.commit);
      const isWanted = ({ state, period }: SegmentFacts) =>
        isWantedState(state, query) && isOneOf(commits, state === 'STALE' ? undefined : period?.commit);
      const segments = await store.segments(targetFilter(query), range, { limit, isWanted });
      const rows = rowsOf(segments, ({ target, segment }) => toTimelineRow(target, segment));
      return answerRows(c, rows, { row: timelineRow, ...query, readUpTo: limit });
    })
    .openapi(incidents, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const { limit } = query;
      const isWanted = await selectedTargets(store, selectionOf(query), now);
      const range = factRangeOf(rangeAsked(query, now), now);
      const commits = await commitNames(store, targetFilter(query), query.commit);
      const { muteOf, isWantedId } = await incidentMuting(store, query, now);
      const part = { limit, isWanted, isWantedId, commits: commits && [...commits] };
      const found = await store.incidents(targetFilter(query), range, part);
      const rows = rowsOf(found, (incident) => toIncidentRow(incident, { now, mute: muteOf(incident) }));
      return answerRows(c, rows, { row: incidentRow, ...query, readUpTo: limit });
    });
}
