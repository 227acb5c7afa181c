import { OpenAPIHono } from '@hono/zod-openapi';
import { compress } from 'hono/compress';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { HttpDeps } from './http/deps.ts';
import { authenticate } from './http/middleware/authenticate.ts';
import { answerElsewhere } from './http/middleware/elsewhere.ts';
import { knownHost } from './http/middleware/host.ts';
import { requestLog } from './http/middleware/request-log.ts';
import { requestMetrics } from './http/middleware/request-metrics.ts';
import { securityHeaders } from './http/middleware/security-headers.ts';
import { explained, invalidRequest, isInternal, respondProblem } from './http/problem.ts';
import { requestIdOf } from './http/request-id.ts';
import { badgeRoutes } from './http/routes/badge.ts';
import { complianceRoutes } from './http/routes/compliance.ts';
import { docsRoutes } from './http/routes/docs.ts';
import { eventRoutes } from './http/routes/events.ts';
import { fileRoutes } from './http/routes/files.ts';
import { grafanaEventRoutes } from './http/routes/grafana-events.ts';
import { grafanaNowRoutes } from './http/routes/grafana-now.ts';
import { grafanaSeriesRoutes } from './http/routes/grafana-series.ts';
import { healthRoutes } from './http/routes/health.ts';
import { historyRoutes } from './http/routes/history.ts';
import { metricsRoutes } from './http/routes/metrics.ts';
import { pageRoutes } from './http/routes/pages.ts';
import { pushgatewayRoutes } from './http/routes/pushgateway.ts';
import { reportPageRoutes } from './http/routes/report-pages.ts';
import { reportRoutes } from './http/routes/reports.ts';
import { statusRoutes } from './http/routes/status.ts';
import { targetRoutes } from './http/routes/targets.ts';
import { withSecurity } from './http/schemas/security.ts';

/** The whole HTTP side: what happens to every request, and which route answers which path. */
export function createApp(deps: HttpDeps): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error, result.target === 'json' ? 'body' : 'query');
    },
  });

  if (deps.log.level === 'debug') app.use(requestLog(deps));
  app.use(requestMetrics(deps.metrics));
  app.use(securityHeaders());
  app.use(knownHost(deps.settings));
  app.use(authenticate(deps));
  if (deps.elsewhere !== undefined) app.use(answerElsewhere(deps.elsewhere, deps));
  // A month of a fleet is megabytes of much the same, and the Infinity datasource decodes gzip and nothing else.
  app.use('/grafana/*', compress({ encoding: 'gzip' }));

  app.route('/', reportRoutes(deps));
  app.route('/', reportPageRoutes(deps));
  app.route('/', statusRoutes(deps));
  app.route('/', historyRoutes(deps));
  app.route('/', fileRoutes(deps));
  app.route('/', complianceRoutes(deps));
  app.route('/', grafanaNowRoutes(deps));
  app.route('/', grafanaSeriesRoutes(deps));
  app.route('/', grafanaEventRoutes(deps));
  app.route('/', targetRoutes(deps));
  app.route('/', eventRoutes(deps));
  app.route('/', metricsRoutes(deps));
  app.route('/', pushgatewayRoutes(deps));
  app.route('/', badgeRoutes(deps));
  app.route('/', healthRoutes(deps));
  app.route(
    '/',
    docsRoutes(() => openApiDocument(app, deps.version)),
  );
  app.route('/', pageRoutes(deps));

  // After all routes: it is for what none of them answers.
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allow = methods.join(', ');
        const error = new HTTPException(405, {
          message: `${c.req.method} is not possible here: ${allow} is.`,
        });
        return respondProblem(c, error, { Allow: allow });
      },
    }),
  );
  app.notFound((c) =>
    respondProblem(c, new HTTPException(404, { message: `There is nothing at ${c.req.path}.` })),
  );
  app.onError(async (error, c) => {
    const known = await explained(error, c);
    // It is counted as what it is.
    if (known instanceof Error) c.error = known;
    if (isInternal(known)) deps.log.error({ err: error, request_id: requestIdOf(c) }, 'request failed');
    return respondProblem(c, known);
  });
  return app;
}

function openApiDocument(app: OpenAPIHono, version: string) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'gitops-status-server',
      version,
      description:
        'Does each server still match its Git repo, since when did it not, and who knows? Before a request is whole, ' +
        'the connection may also end with 400, 408 or 431.',
      license: { name: 'MIT' },
    },
  });
  return withSecurity(document);
}
