import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DomainError, type Fault } from '../../domain/errors.ts';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { instantRefusal, type Report } from '../../domain/report.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { HttpDeps, HttpSettings } from '../deps.ts';
import { reportBodyGuard } from '../middleware/report-body.ts';
import { problemResponses } from '../schemas/problem.ts';
import {
  factRangeOf,
  filterParams,
  formatParam,
  limitParam,
  rangeParams,
  refuseBackwardRange,
  targetFilter,
} from '../schemas/query.ts';
import {
  recordedAnswers,
  reportBodies,
  reportRow,
  toRecordedAnswer,
  toReport,
  toReportRow,
} from '../schemas/report.ts';
import { answerAs } from './list.ts';

const DEFAULT_PAGE = 100;

function describePost<P extends string>(path: P, operationId: string, settings: HttpSettings) {
  const content = { 'application/json': { schema: recordedAnswers } };
  return createRoute({
    method: 'post',
    path,
    operationId,
    summary: 'Record one report, or an array of up to 1,000: all of them or none',
    description:
      'Answered once it is on disk. Sending the same report again is safe: it is recognised by target, ' +
      '`last_check` and finding.',
    middleware: reportBodyGuard(settings),
    request: { body: { required: true, content: { 'application/json': { schema: reportBodies } } } },
    responses: {
      200: { description: 'All were known already', content },
      201: { description: 'At least one is new', content },
      ...problemResponses(400, 413, 415, 422, 503),
    },
  });
}

const listReports = createRoute({
  method: 'get',
  path: '/api/v1/reports',
  operationId: 'getReports',
  summary: 'The reports as they were posted, newest first',
  description: '`next_cursor` leads to the next page and is null on the last one; it survives new reports.',
  request: {
    query: z
      .strictObject({
        ...filterParams,
        ...rangeParams,
        ...limitParam,
        ...formatParam,
        cursor: z
          .string({ error: 'must be given once' })
          .optional()
          .openapi({ description: 'Where the page before ended: its `next_cursor`.' }),
      })
      .superRefine(refuseBackwardRange),
  },
  responses: {
    200: {
      description: 'A page',
      headers: { 'X-Next-Cursor': { description: 'As `next_cursor`', schema: { type: 'string' } } },
      content: {
        'application/json': {
          schema: z.object({ rows: z.array(reportRow), next_cursor: z.string().nullable() }),
        },
        'text/csv': { schema: z.string() },
      },
    },
    ...problemResponses(422),
  },
});

export function reportRoutes({ store, recorder, clock, settings }: HttpDeps) {
  const app = new OpenAPIHono();
  const posts = [
    describePost('/api/v1/reports', 'postReports', settings),
    describePost('/status.json', 'postStatusJson', settings),
    describePost('/', 'postRoot', settings),
  ];
  for (const route of posts) {
    app.openapi(route, async (c) => {
      const body = c.req.valid('json');
      const receivedAt = clock();
      const reports = [body].flat().map((one) => toReport(one, { receivedAt, ...settings }));
      refuseImpossibleInstants(reports, { isArray: Array.isArray(body), now: receivedAt, settings });
      const recorded = await recorder.submit(reports);
      const answers = recorded.flatMap((one, i) => (reports[i] ? [toRecordedAnswer(reports[i], one)] : []));
      const status = recorded.some((one) => one.recorded === 'new') ? 201 : 200;
      const [only] = answers;
      return Array.isArray(body) || only === undefined ? c.json(answers, status) : c.json(only, status);
    });
  }
  return app.openapi(listReports, async (c) => {
    const { cursor, limit = DEFAULT_PAGE, format, ...query } = c.req.valid('query');
    const after = cursor === undefined || cursor === '' ? undefined : decodeCursor(cursor);
    if (cursor && after === undefined) throw unusableCursor();
    const syncStatuses = query.state && SYNC_STATUSES.filter((status) => query.state?.includes(status));
    const page = await store.reports(targetFilter(query), {
      range: factRangeOf(query, clock()),
      syncStatuses,
      limit,
      after,
    });
    const rows = page.reports.map(toReportRow);
    const nextCursor = page.next === undefined ? null : encodeCursor(page.next);
    if (nextCursor !== null) c.header('X-Next-Cursor', nextCursor);
    if (format === 'csv') return answerAs(c, rows, { row: reportRow, format });
    return c.json({ rows, next_cursor: nextCursor }, 200);
  });
}

/** The one rule that needs a clock, and so cannot be in the schema. */
function refuseImpossibleInstants(
  reports: readonly Report[],
  { isArray, now, settings }: { isArray: boolean; now: number; settings: HttpSettings },
): void {
  const faults = reports.flatMap(({ checkedAt }, i): Fault[] => {
    const detail = instantRefusal(checkedAt, { now, retentionMs: settings.retentionReportsMs });
    return detail === undefined ? [] : [{ pointer: isArray ? `/${i}/last_check` : '/last_check', detail }];
  });
  const [first] = faults;
  if (first !== undefined) throw new DomainError('invalid', first.detail, { faults });
}

function unusableCursor(): DomainError {
  const detail = 'is not a cursor that this server gave out: start again without it';
  return new DomainError('invalid', `cursor: ${detail}`, { faults: [{ parameter: 'cursor', detail }] });
}
