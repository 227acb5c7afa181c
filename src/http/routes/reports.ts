import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { DomainError, type Fault } from '../../domain/errors.ts';
import { instantRefusal, type Report } from '../../domain/report.ts';
import type { HttpDeps, HttpSettings } from '../deps.ts';
import { reportBodyGuard } from '../middleware/report-body.ts';
import { problemResponses } from '../schemas/problem.ts';
import { recordedAnswers, reportBodies, toRecordedAnswer, toReport } from '../schemas/report.ts';

function describePost<P extends string>(path: P, operationId: string, settings: HttpSettings) {
  const content = { 'application/json': { schema: recordedAnswers } };
  return createRoute({
    method: 'post',
    path,
    operationId,
    tags: ['Reports'],
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

export function reportRoutes({
  recorder,
  clock,
  settings,
}: Pick<HttpDeps, 'recorder' | 'clock' | 'settings'>) {
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
  return app;
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
