import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { type ExpositionFormat, toOpenMetrics } from '../../../metrics/exposition.ts';
import type { Answering } from '../../answering.ts';
import type { HttpDeps } from '../../deps.ts';
import { gzipAnswer } from '../../middleware/gzip.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { fleetMetricsPath } from '../queries/fleet-metrics.ts';

const TEXT = 'text/plain';
const OPENMETRICS = 'application/openmetrics-text';

const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: `${TEXT}; version=0.0.4; charset=utf-8`,
  openmetrics: `${OPENMETRICS}; version=1.0.0; charset=utf-8`,
};

const getMetrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'The latest of every target and the server itself, for Prometheus',
  description:
    '`gitops_sync_status{repo,server}` is 1 if the target is in sync, else 0, with the labels of the ' +
    'push if a push reported it; `gitops_state{repo,server,state}` is 1 for the state a target is in; ' +
    '`push_time_seconds` is the last push of each group; `gitops_target_info{repo,server,label_…}` has ' +
    'its labels. The format is OpenMetrics 1.0 if `Accept` asks for it, else the text format 0.0.4.',
  responses: {
    200: {
      description: 'All series',
      content: { [TEXT]: { schema: z.string() }, [OPENMETRICS]: { schema: z.string() } },
    },
    ...problemResponses(),
  },
});

export function metricsRoutes({
  metrics,
  health,
  settings,
  answering,
}: Pick<HttpDeps, 'metrics' | 'health' | 'settings'> & { readonly answering: Answering }) {
  const app = new OpenAPIHono();
  app.use(getMetrics.path, gzipAnswer);
  return app.openapi(getMetrics, async (c) => {
    const wanted = accepts(c, { header: 'Accept', supports: [TEXT, OPENMETRICS], default: TEXT });
    const format = wanted === OPENMETRICS ? 'openmetrics' : 'text';
    metrics.databaseIs(health.problem() === undefined ? 'sound' : 'unsound');
    const [fleet, own] = await Promise.all([
      answering
        .bytes(c, fleetMetricsPath({ format, series: settings.targetSeries }))
        .catch((error: unknown) => {
          // What is wrong with the database is told even without the targets.
          if (health.problem() === undefined) throw error;
          return new ArrayBuffer(0);
        }),
      metrics.expose(),
    ]);
    const rest = format === 'text' ? own : `${toOpenMetrics(own)}# EOF\n`;
    const body = Buffer.concat([Buffer.from(fleet), Buffer.from(rest)]);
    return c.body(body, 200, { 'Content-Type': CONTENT_TYPES[format], Vary: 'Accept' });
  });
}
