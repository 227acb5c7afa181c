import { OpenAPIHono } from '@hono/zod-openapi';
import { mutesHoldUntil } from '../../../domain/mute.ts';
import type { LastReport } from '../../../domain/questions/reader.ts';
import { stateOf, statesHoldUntil } from '../../../domain/target-status.ts';
import { setFreshUntil } from '../../answering.ts';
import type { QueryDeps } from '../../deps.ts';
import { entityTag } from '../../middleware/entity-tag.ts';
import { targetMuting } from '../../muting.ts';
import { rowsOf } from '../../rows-json.ts';
import { commitNames, commitParam, isOneOf } from '../../schemas/commit-query.ts';
import {
  atParam,
  filterParams,
  isWantedState,
  mutedParam,
  selectionOf,
  targetFilter,
} from '../../schemas/query.ts';
import { statusRow, toStatusRow } from '../../schemas/status.ts';
import { answerRows, listRoute } from './list.ts';

const describe = (path: string, operationId: string) =>
  listRoute({
    path,
    operationId,
    summary: 'The latest of every target',
    description:
      'What each target last reported, and its state: as reported, or STALE once the next report is ' +
      'overdue. With `at`, the answer as it was at that instant. The answer has an ETag. A target that is ' +
      'expected and never reported is STALE, and null for everything that only a report can say. A token ' +
      'with only the scope `report` may ask about the repos that it may report about, each by its full ' +
      'name (`repo=a&repo=b`, no other parameter). It gets `repo`, `server`, `state`, `stale_at` and ' +
      '`check`.',
    query: { ...filterParams, ...commitParam, ...mutedParam, ...atParam },
    row: statusRow,
    headers: {
      'Event-Seq': {
        description:
          'The `seq` of the last event that the answer includes: continue to read the event log after it',
        schema: { type: 'integer' },
      },
    },
    cacheable: true,
  });

export function statusRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  const app = new OpenAPIHono();
  for (const route of [
    describe('/api/v1/status', 'listStatuses'),
    describe('/status.json', 'listStatusJson'),
  ]) {
    app.use(route.path, entityTag);
    app.openapi(route, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const at = Math.min(query.at?.(now) ?? now, now);
      // Read before the statuses: so these may include later events, but never lack an earlier one.
      const { last } = await store.eventBounds();
      const { limit } = query;
      const filter = targetFilter(query);
      const commits = await commitNames(store, filter, query.commit);
      const instant = query.at === undefined ? undefined : at;
      const { muting, isAsMuted } = await targetMuting(store, query, { now, at: instant });
      const looked: LastReport[] = [];
      const isMeant = (status: LastReport) => {
        looked.push(status);
        const isAsked = isWantedState(stateOf(status, at), query) && isOneOf(commits, status.commit);
        return isAsked && isAsMuted?.(status) !== false;
      };
      const isWanted = selectionOf(query).states || commits || isAsMuted ? isMeant : undefined;
      const statuses = await store.statuses(filter, instant, { limit, isWanted });
      // Targets in another state may change to this one.
      if (query.at === undefined) {
        const until = statesHoldUntil(isWanted ? looked : statuses, now);
        setFreshUntil(c, Math.min(until, mutesHoldUntil(muting.mutes, now)));
      }
      c.header('Event-Seq', String(last));
      const rows = rowsOf(statuses, (status) => toStatusRow(status, { at, mute: muting.ofStatus(status) }));
      return answerRows(c, rows, { row: statusRow, ...query, readUpTo: limit });
    });
  }
  return app;
}
