import { OpenAPIHono } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import type { HttpDeps } from '../deps.ts';
import { atParam, filterParams, isWantedState, targetFilter } from '../schemas/query.ts';
import { statusRow, toStatusRow } from '../schemas/status.ts';
import { answerRows, listRoute } from './list.ts';

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
  for (const route of [describe('/api/v1/status', 'getStatus'), describe('/status.json', 'getStatusJson')]) {
    app.use(route.path, etag());
    app.openapi(route, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const at = query.at === undefined ? now : Math.min(query.at, now);
      const statuses = await store.statuses(targetFilter(query), query.at === undefined ? undefined : at);
      const rows = statuses
        .map((status) => toStatusRow(status, at))
        .filter((row) => isWantedState(row.state, query));
      return answerRows(c, rows, { row: statusRow, ...query });
    });
  }
  return app;
}
