import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { DomainError, type Fault } from '../../domain/errors.ts';
import { instantRefusal, type Report } from '../../domain/report.ts';
import type { HttpDeps, HttpSettings } from '../deps.ts';
import { reportBodyReader } from '../middleware/report-body.ts';
import { problemResponses } from '../schemas/problem.ts';
import {
  parseReports,
  recordedAnswers,
  reportBodies,
  toRecordedAnswers,
  toReport,
} from '../schemas/report.ts';
import { requireMayReport } from '../tokens/caller.ts';

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
      '`last_check` and finding.',
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
  const readBody = reportBodyReader(settings);
  for (const [path, operationId] of POSTS) {
    // Described here and served below: the framework's own validation would cost more than the recording.
    app.openAPIRegistry.registerPath(describePost(path, operationId));
    app.post(path, async (c) => {
      const body = parseReports(await readBody(c));
      const receivedAt = clock();
      const isArray = Array.isArray(body);
      const arrival = { receivedAt, staleAfterMs: settings.staleAfterMs };
      const reports = (isArray ? body : [body]).map((one) => toReport(one, arrival));
      requireMayReport(c.get('caller'), reports);
      refuseImpossibleInstants(reports, { isArray, now: receivedAt, settings });
      const recorded = await recorder.submit(reports);
      const answers = toRecordedAnswers(reports, recorded);
      const status = recorded.some((one) => one.recorded === 'new') ? 201 : 200;
      const [only] = answers;
      return isArray || only === undefined ? c.json(answers, status) : c.json(only, status);
    });
  }
  return app;
}

/** The one rule that needs a clock, and so cannot be in the schema. */
function refuseImpossibleInstants(
  reports: readonly Report[],
  { isArray, now, settings }: { isArray: boolean; now: number; settings: HttpSettings },
): void {
  const faults: Fault[] = [];
  for (const [i, { checkedAt }] of reports.entries()) {
    const detail = instantRefusal(checkedAt, { now, retentionMs: settings.retentionReportsMs });
    if (detail !== undefined) faults.push({ pointer: isArray ? `/${i}/last_check` : '/last_check', detail });
  }
  const [first] = faults;
  if (first !== undefined) throw new DomainError('invalid', first.detail, { faults });
}
