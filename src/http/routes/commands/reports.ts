import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { requireMayReport, submitterOf } from '../../auth/caller.ts';
import type { HttpDeps } from '../../deps.ts';
import { reportBodyReader } from '../../middleware/report-body.ts';
import { refusedSubmission } from '../../refusals.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { recordedAnswers, toRecordedAnswers } from '../../schemas/recorded.ts';
import { parseReports, reportBodies, toReport } from '../../schemas/report.ts';

const POSTS = [
  ['/api/v1/reports', 'postReports'],
  ['/status.json', 'postStatusJson'],
  ['/', 'postRoot'],
] as const;

function describePost(path: string, operationId: string) {
  const content = { 'application/json': { schema: recordedAnswers } };
  return createRoute({
    method: 'post',
    path,
    operationId,
    tags: ['Reports'],
    summary: 'Record one report, or an array of up to 1,000: all of them or none',
    description:
      'Answered once it is on disk. Sending the same report again is safe: it is recognised by target, ' +
      '`last_check`, finding, `commit`, `error` and `error_kind`. One `check` speaks for a target: a report of another ' +
      'one is refused with 409, so give each check a `repo` name of its own, or send `takes_over` once.',
    request: { body: { required: true, content: { 'application/json': { schema: reportBodies } } } },
    responses: {
      200: { description: 'All were duplicates', content },
      201: { description: 'At least one is new', content },
      ...problemResponses(400, 409, 413, 415, 422, 503),
    },
  });
}

export function reportRoutes({ recorder, settings }: Pick<HttpDeps, 'recorder' | 'settings'>) {
  const app = new OpenAPIHono();
  const readBody = reportBodyReader(settings);
  for (const [path, operationId] of POSTS) {
    // Only described here: validation by the framework would cost more than recording.
    app.openAPIRegistry.registerPath(describePost(path, operationId));
    app.post(path, async (c) => {
      const body = parseReports(await readBody(c));
      const isArray = Array.isArray(body);
      const reports = (isArray ? body : [body]).map((one) => toReport(one, settings));
      const caller = c.get('caller');
      requireMayReport(caller, reports);
      const outcome = await recorder.submit({ reports, origin: 'report', ...submitterOf(caller) });
      if (outcome.kind === 'refused') {
        throw refusedSubmission(outcome, (index, field) => (isArray ? `/${index}/${field}` : `/${field}`));
      }
      const answers = toRecordedAnswers(reports, outcome.answers);
      const status = outcome.answers.some((one) => one.recorded === 'new') ? 201 : 200;
      const [only] = answers;
      return isArray || only === undefined ? c.json(answers, status) : c.json(only, status);
    });
  }
  return app;
}
