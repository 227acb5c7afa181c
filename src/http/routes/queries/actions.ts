import { OpenAPIHono } from '@hono/zod-openapi';
import { factRangeOf } from '../../../domain/questions/range.ts';
import type { QueryDeps } from '../../deps.ts';
import { rowsOf } from '../../rows-json.ts';
import { actionRow, toActionRow } from '../../schemas/action.ts';
import { filterParams, rangeAsked, rangeParams, targetFilter } from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

/** An action has no state. */
const { state: _, 'var-state': __, ...OF_TARGETS } = filterParams;

const listActions = listRoute({
  path: '/api/v1/actions',
  operationId: 'listActions',
  summary: 'Who did what, newest first',
  description:
    'For a year: declaring, renaming, deleting and purging targets, mutes and acknowledgements. Actions ' +
    'that are not about one target are left out if you name repos, servers or labels.',
  query: { ...OF_TARGETS, ...rangeParams },
  row: actionRow,
});

export function actionRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono().openapi(listActions, async (c) => {
    const query = c.req.valid('query');
    const { limit } = query;
    const now = clock();
    const range = factRangeOf(rangeAsked(query, now), now);
    const found = await store.actions(targetFilter(query), range, { limit });
    return answerRows(c, rowsOf(found, toActionRow), { row: actionRow, ...query, readUpTo: limit });
  });
}
