import { OpenAPIHono } from '@hono/zod-openapi';
import { complianceRows, groupByParam } from '../compliance-rows.ts';
import type { HttpDeps } from '../deps.ts';
import { complianceRow } from '../schemas/history.ts';
import { filterParams, rangeOf, rangeParams } from '../schemas/query.ts';
import { targetHistories } from '../target-histories.ts';
import { answerRows, listRoute } from './list.ts';

const compliance = listRoute({
  path: '/api/v1/compliance',
  operationId: 'getCompliance',
  summary: 'How well targets kept in sync over a range',
  description:
    'Seconds per state since the first report, the share in sync of the time that was known, and the time it ' +
    'took to resolve incidents. Silence and UNKNOWN count as neither health nor drift: `coverage` shows them.',
  query: {
    ...filterParams,
    ...rangeParams,
    group_by: groupByParam,
  },
  row: complianceRow,
});

export function complianceRoutes({ store, clock }: Pick<HttpDeps, 'store' | 'clock'>) {
  return new OpenAPIHono().openapi(compliance, async (c) => {
    const query = c.req.valid('query');
    const now = clock();
    const range = rangeOf(query, now);
    const histories = await targetHistories(store, query, { range, now });
    const rows = complianceRows(histories, { range, groupBy: query.group_by });
    return answerRows(c, rows, { row: complianceRow, ...query });
  });
}
