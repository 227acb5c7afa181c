import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isArrayText } from '../../../ingest/inputs/json/scan.ts';
import { utf8Text } from '../../../ingest/inputs/utf8.ts';
import { requireMayReport, submitterOf } from '../../auth/caller.ts';
import type { Bodies } from '../../bodies/bodies.ts';
import type { HttpDeps } from '../../deps.ts';
import { reportBodyReader, requireSize } from '../../middleware/report-body.ts';
import { refusedSubmission } from '../../refusals.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { recordedAnswers, toRecordedAnswers } from '../../schemas/recorded.ts';
import { reportBodies } from '../../schemas/report.ts';
import { readReports } from '../../schemas/report-bodies.ts';

/** For scripts that know only the base URL, or the file that they read. The contract describes the first one. */
const ALIASES = ['/status.json', '/'];

function describePost() {
  const content = { 'application/json': { schema: recordedAnswers } };
  return createRoute({
    method: 'post',
    path: '/api/v1/reports',
    operationId: 'recordReports',
    tags: ['Reports'],
    summary: 'Record one report, or an array of up to 1,000: all of them or none',
    description:
      'The answer comes once the reports are on disk. Repeating a report is safe: it is recognised by ' +
      'target, `last_check`, finding, `commit`, `error` and `error_kind`. One `check` speaks for a target: ' +
      'a report of another check is refused with 409. So give each check a `repo` name of its own, or send ' +
      '`takes_over` once.',
    request: { body: { required: true, content: { 'application/json': { schema: reportBodies } } } },
    responses: {
      200: { description: 'All were duplicates', content },
      201: { description: 'At least one is new', content },
      ...problemResponses(400, 408, 409, 413, 415, 422, 503),
    },
  });
}

type Deps = Pick<HttpDeps, 'recorder' | 'settings'> & { readonly bodies: Bodies };

export function reportRoutes({ recorder, settings, bodies }: Deps) {
  const app = new OpenAPIHono();
  const takeBody = reportBodyReader(settings, bodies.budget);

  async function record(c: Context, bytes: Buffer): Promise<Response> {
    const text = utf8Text(bytes);
    requireSize(bytes.length, isArrayText(text), settings);
    const { staleAfterMs } = settings;
    const { reports, isArray } = await readReports(text, { staleAfterMs, turn: bodies.turn });
    const caller = c.get('caller');
    requireMayReport(caller, reports);
    const submission = { reports, origin: 'report' as const, bytes: bytes.length, ...submitterOf(caller) };
    const outcome = await recorder.submit(submission);
    if (outcome.kind === 'refused') {
      throw refusedSubmission(outcome, (index, field) => (isArray ? `/${index}/${field}` : `/${field}`));
    }
    const answers = toRecordedAnswers(reports, outcome.answers);
    const status = outcome.answers.some((one) => one.recorded === 'new') ? 201 : 200;
    const [only] = answers;
    return isArray || only === undefined ? c.json(answers, status) : c.json(only, status);
  }

  // Only described here: validation by the framework would cost more than recording.
  const described = describePost();
  app.openAPIRegistry.registerPath(described);
  for (const path of [described.path, ...ALIASES]) {
    app.post(path, async (c) => {
      const { bytes, release } = await takeBody(c);
      try {
        return await bodies.workLimiter.run(bytes.length, () => record(c, bytes));
      } finally {
        release();
      }
    });
  }
  return app;
}
