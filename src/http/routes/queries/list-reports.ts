import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { SYNC_STATUSES } from '../../../domain/finding.ts';
import { factRangeOf } from '../../../domain/questions/range.ts';
import type { ReportPosition } from '../../../domain/questions/reader.ts';
import type { Report } from '../../../domain/report.ts';
import { decodeCursor, encodeCursor } from '../../cursor.ts';
import type { QueryDeps } from '../../deps.ts';
import { toPanelRows } from '../../panel-rows.ts';
import { rowsOf, rowsToJson } from '../../rows-json.ts';
import { commitNames, commitParam } from '../../schemas/commit-query.ts';
import { fieldsParam, withFields } from '../../schemas/fields.ts';
import { grafanaReportRow, toGrafanaReportRow } from '../../schemas/grafana.ts';
import { problemResponses } from '../../schemas/problem.ts';
import {
  filterParams,
  formatParam,
  invalidParameter,
  limitParam,
  rangeAsked,
  rangeParams,
  selectionOf,
  targetFilter,
} from '../../schemas/query.ts';
import { reportRow, toReportRow } from '../../schemas/report-row.ts';
import { answerAs } from './list.ts';

const DEFAULT_PAGE = 100;

const pageQuery = {
  ...filterParams,
  ...commitParam,
  ...rangeParams,
  ...limitParam,
  ...formatParam,
  cursor: z
    .string({ error: 'must be given once' })
    .optional()
    .openapi({ description: 'The `next_cursor` of the page before.' }),
};

interface PageRoute<P extends string> {
  readonly path: P;
  readonly operationId: string;
  readonly summary: string;
  /** The name of the page in the contract. */
  readonly pageName: string;
  readonly row: z.ZodObject;
  readonly toRow: (report: Report) => object;
  /** Whether panels show the rows as they are. */
  readonly forPanels?: boolean;
}

export function listReportsRoutes(deps: Pick<QueryDeps, 'store' | 'clock'>) {
  const app = new OpenAPIHono();
  addPages(app, deps, {
    path: '/api/v1/reports',
    operationId: 'listReports',
    pageName: 'ReportPage',
    summary: 'The reports as they were posted, newest first',
    row: reportRow,
    toRow: toReportRow,
  });
  addPages(app, deps, {
    path: '/grafana/reports',
    operationId: 'listGrafanaReports',
    pageName: 'GrafanaReportPage',
    summary: 'For a table: the reports, newest first',
    row: grafanaReportRow,
    toRow: toGrafanaReportRow,
    forPanels: true,
  });
  return app;
}

function addPages<P extends string>(
  app: OpenAPIHono,
  { store, clock }: Pick<QueryDeps, 'store' | 'clock'>,
  page: PageRoute<P>,
): void {
  app.openapi(describePages(page), async (c) => {
    const { cursor, limit = DEFAULT_PAGE, format, raw, fields, ...query } = c.req.valid('query');
    const states = selectionOf(query).states;
    const now = clock();
    const commits = await commitNames(store, targetFilter(query), query.commit);
    const found = await store.reports(targetFilter(query), {
      range: factRangeOf(rangeAsked(query, now), now),
      syncStatuses: states && SYNC_STATUSES.filter((status) => states.includes(status)),
      commits: commits && [...commits],
      limit,
      after: positionOf(cursor),
    });
    const rows = rowsOf(found.reports, page.toRow);
    const nextCursor = found.next === undefined ? null : encodeCursor(found.next);
    if (nextCursor !== null) c.header('X-Next-Cursor', nextCursor);
    if (format === 'csv') return answerAs(c, rows, { row: page.row, format, raw, fields });
    const wanted = withFields(rows, fields);
    const shown = page.forPanels ? toPanelRows(wanted, { isRaw: raw === 'true' }) : wanted;
    const body = `{"rows":${rowsToJson(shown)},"next_cursor":${JSON.stringify(nextCursor)}}`;
    return c.body(body, 200, { 'Content-Type': 'application/json' });
  });
}

function describePages<P extends string>(page: PageRoute<P>) {
  const { path, operationId, summary, pageName, row } = page;
  return createRoute({
    method: 'get',
    path,
    operationId,
    tags: [path.startsWith('/grafana/') ? 'Grafana' : 'Answers'],
    summary,
    description:
      '`next_cursor` leads to the next page and is null on the last one. New reports do not shift the ' +
      'pages.',
    request: { query: z.strictObject({ ...pageQuery, ...fieldsParam(row) }) },
    responses: {
      200: {
        description: 'A page',
        headers: { 'X-Next-Cursor': { description: 'As `next_cursor`', schema: { type: 'string' } } },
        content: {
          'application/json': {
            schema: z.object({ rows: z.array(row), next_cursor: z.string().nullable() }).openapi(pageName),
          },
          'text/csv': { schema: z.string() },
        },
      },
      ...problemResponses(422),
    },
  });
}

function positionOf(cursor: string | undefined): ReportPosition | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  const position = decodeCursor(cursor);
  if (position !== undefined) return position;
  throw invalidParameter('cursor', 'is not a cursor of this server: start again without it');
}
