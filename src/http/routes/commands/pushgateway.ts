import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { type Labels, parseGroupingKey } from '../../../ingest/inputs/pushgateway/grouping-key.ts';
import { pushedReports } from '../../../ingest/inputs/pushgateway/pushed-reports.ts';
import { utf8Text } from '../../../ingest/inputs/utf8.ts';
import { requireMayReport, submitterOf } from '../../auth/caller.ts';
import { withoutBasePath } from '../../base-path.ts';
import type { Bodies } from '../../bodies/bodies.ts';
import type { HttpDeps } from '../../deps.ts';
import { type PushFormat, pushBodyReader, pushFormat } from '../../middleware/push-body.ts';
import { refusedSubmission } from '../../refusals.ts';
import { problem, problemResponses } from '../../schemas/problem.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** The labels in the path of a push. */
    groupingKey: Labels;
  }
}

/** The second form is for `/metrics/job@base64/…`, whose suffix the router does not understand. */
const PATHS = ['/metrics/job/*', '/metrics/job@base64/*'];

const STAYS =
  'The state, incidents and history of a target stay. To delete a decommissioned target: DELETE ' +
  '/api/v1/targets?repo=…&server=….';

/**
 * The push side of Pushgateway's API, for pipelines that still push `gitops_sync_status`: each sample is recorded
 * as a report that was checked when it arrived.
 */
export function pushgatewayRoutes({
  recorder,
  store,
  settings,
  metrics,
  bodies,
}: Pick<HttpDeps, 'recorder' | 'store' | 'settings' | 'metrics'> & { readonly bodies: Bodies }) {
  const namedGroup = readGroup(settings);
  const app = new OpenAPIHono();
  const takeBody = pushBodyReader(settings, bodies.budget);

  async function record(c: Context, bytes: Buffer, format: PushFormat): Promise<Response> {
    const body = format === 'text' ? { format, text: utf8Text(bytes) } : { format, bytes };
    const { staleAfterMs, pushIntervalMs } = settings;
    const pushIntervalS = pushIntervalMs === undefined ? undefined : pushIntervalMs / 1000;
    const rules = { groupingKey: c.get('groupingKey'), staleAfterMs, pushIntervalS };
    const { reports, ignored } = pushedReports(body, rules);
    const caller = c.get('caller');
    requireMayReport(caller, reports);
    const submission = { reports, origin: 'report' as const, bytes: bytes.length, ...submitterOf(caller) };
    const outcome = await recorder.submit(submission);
    if (outcome.kind === 'refused') throw refusedSubmission(outcome);
    metrics.countIgnoredSamples(ignored);
    return c.body(null, 200);
  }

  for (const path of PATHS) {
    app.on(['PUT', 'POST'], path, namedGroup, async (c) => {
      const format = pushFormat(c.req.header('Content-Type'));
      const { bytes, release } = await takeBody(c);
      try {
        return await bodies.workLimiter.run(bytes.length, () => record(c, bytes, format));
      } finally {
        release();
      }
    });
    app.delete(path, namedGroup, async (c) => {
      const caller = c.get('caller');
      const deleted = await store.deletePushes(c.get('groupingKey'), (targets) =>
        requireMayReport(
          caller,
          targets.map((target) => ({ target })),
        ),
      );
      return c.text(
        `Targets removed from /metrics until their next push: ${deleted.length}. ${STAYS}\n`,
        202,
      );
    });
  }
  describeApi(app);
  return app;
}

/**
 * Reads the group in the path. It refuses a caller who may not report about its repo before it reads any of the body.
 */
function readGroup({ basePath }: Pick<HttpDeps['settings'], 'basePath'>): MiddlewareHandler {
  return async (c, next) => {
    // The path as it was sent: Hono decodes it, and labels have encodings of their own.
    const groupingKey = parseGroupingKey(withoutBasePath(new URL(c.req.url).pathname, basePath));
    const { repo, server = '' } = groupingKey;
    if (repo !== undefined) requireMayReport(c.get('caller'), [{ target: { repo, server } }]);
    c.set('groupingKey', groupingKey);
    await next();
  };
}

/** Registered by hand: OpenAPI cannot describe any number of `/label/value` in a path. */
function describeApi(app: OpenAPIHono): void {
  const path = '/metrics/job/{job}';
  const request = { params: z.object({ job: z.string() }) };
  const body = {
    required: true,
    content: {
      'text/plain': {
        schema: z
          .string()
          .openapi({ example: 'gitops_sync_status{repo="rsyslog",server="rsyslog-lab"} 1\n' }),
      },
    },
  };
  for (const [method, operationId] of [
    ['put', 'pushMetrics'],
    ['post', 'addMetrics'],
  ] as const) {
    app.openAPIRegistry.registerPath({
      method,
      path,
      operationId,
      summary: 'Push `gitops_sync_status` 1 or 0 as to a Pushgateway, to be recorded as a report',
      description:
        'For pipelines that push to a Prometheus Pushgateway. Any number of `/label/value` may follow the ' +
        'job, also as `label@base64`. `repo` and `server` come from the path or from the sample. The time of ' +
        'the check is the arrival of the push, and the other labels are stored with the report. ' +
        '`gitops_expected_interval_seconds` in the same push says when the next one is due. Other metrics ' +
        'are left out, and a body without `gitops_sync_status` is refused. A push is refused (409) if ' +
        'another check, job or group speaks for its target; another `instance` is not another group. ' +
        'Delimited protobuf, which client libraries send, is accepted too.',
      request: { ...request, body },
      responses: {
        200: { description: 'On disk' },
        415: {
          description:
            'Content-Type is neither text nor delimited protobuf, or the body does not fit its Content-Encoding',
          content: { 'application/problem+json': { schema: problem } },
        },
        ...problemResponses(400, 403, 408, 409, 413, 415, 422, 503),
      },
    });
  }
  app.openAPIRegistry.registerPath({
    method: 'delete',
    path,
    operationId: 'deletePush',
    summary: 'Remove a group from `/metrics` until its next push',
    description:
      'Removes the `push_time_seconds` of the group from `/metrics`. Also removes the `gitops_sync_status` ' +
      'of each target whose newest report is a push of exactly this group. Both come back with the next ' +
      `push or report. ${STAYS}`,
    request,
    responses: {
      202: {
        description: 'It is no longer in `/metrics`',
        content: { 'text/plain': { schema: z.string() } },
      },
      ...problemResponses(400, 403, 503),
    },
  });
}
