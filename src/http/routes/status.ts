import { OpenAPIHono } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { holdsUntil } from '../../domain/changes.ts';
import type { TargetStatus } from '../../store/store.ts';
import type { HttpDeps } from '../deps.ts';
import { keptAnswers } from '../middleware/kept-answers.ts';
import {
  atParam,
  filterParams,
  isWantedState,
  type TargetQuery,
  targetFilter,
  wantedStates,
} from '../schemas/query.ts';
import { stateOf, statusRow, toStatusRow } from '../schemas/status.ts';
import { StatusJson } from '../status-json.ts';
import { answerRows, answerWritten, listRoute } from './list.ts';

const describe = (path: string, operationId: string) =>
  listRoute({
    path,
    operationId,
    summary: 'The latest of every target',
    description:
      'What each target last reported, and its state: as reported, or STALE once the next report is overdue. ' +
      'With `at`, as of that instant. Sends an ETag.',
    query: { ...filterParams, ...atParam },
    row: statusRow,
    cacheable: true,
  });

export function statusRoutes({ store, clock }: Pick<HttpDeps, 'store' | 'clock'>) {
  const app = new OpenAPIHono();
  const json = new StatusJson();
  const kept = keptAnswers({ store, clock });
  for (const route of [describe('/api/v1/status', 'getStatus'), describe('/status.json', 'getStatusJson')]) {
    app.use(route.path, etag(), kept);
    app.openapi(route, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const at = query.at === undefined ? now : Math.min(query.at, now);
      const statuses = await store.statuses(targetFilter(query), query.at === undefined ? undefined : at);
      if (query.at === undefined) c.set('sameUntil', nextChangeAt(statuses, now));
      const wanted = wantedOf(statuses, query, at);
      if (query.format === 'json')
        return answerWritten(c, wanted, { write: (shown) => json.write(shown, at), ...query });
      return answerRows(
        c,
        wanted.map((status) => toStatusRow(status, at)),
        { row: statusRow, ...query },
      );
    });
  }
  return app;
}

function wantedOf(
  statuses: readonly TargetStatus[],
  query: TargetQuery,
  at: number,
): readonly TargetStatus[] {
  if (wantedStates(query) === undefined) return statuses;
  return statuses.filter((status) => isWantedState(stateOf(status, at), query));
}

/** When the first of them is in another state, if nothing is reported. */
function nextChangeAt(statuses: readonly TargetStatus[], now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const status of statuses) {
    const { checkedAt, staleAt } = status;
    next = Math.min(next, holdsUntil({ state: stateOf(status, now), checkedAt, staleAt }, now));
  }
  return next;
}
