import { OpenAPIHono } from '@hono/zod-openapi';
import { fileDrifts } from '../../../domain/questions/file-drift.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import { rowsOf } from '../../rows-json.ts';
import { fileRow, toFileRow } from '../../schemas/history.ts';
import { filterParams, rangeAsked, rangeParams, selectionOf } from '../../schemas/query.ts';
import type { SharedDeps } from '../../shared-histories.ts';
import { answerRows, listRoute } from './list.ts';

const FOR_PANELS = '/grafana/files';

const describe = (path: string, operationId: string) =>
  listRoute({
    path,
    operationId,
    summary: 'Which files drift most over a range, longest first',
    query: { ...filterParams, ...rangeParams },
    row: fileRow,
  });

export function fileRoutes({ histories, clock }: SharedDeps) {
  const app = new OpenAPIHono();
  for (const route of [describe('/api/v1/files', 'listFiles'), describe(FOR_PANELS, 'listGrafanaFiles')]) {
    app.openapi(route, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      // It reads up to now, not only to the end of the range: `open` says whether a file still differs now.
      const found = await histories.withIncidents(selectionOf(query), {
        range,
        now,
        toLatest: true,
        areNeeded: query.fields?.includes('incidents') ?? true,
      });
      const drifts = fileDrifts(found, range);
      return answerRows(c, rowsOf(drifts, toFileRow), {
        row: fileRow,
        forPanels: route.path === FOR_PANELS,
        ...query,
      });
    });
  }
  return app;
}
