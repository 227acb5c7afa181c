import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { getPath } from 'hono/utils/url';
import { createAnswering } from './answering.ts';
import { type Ask, askApp } from './ask.ts';
import { accessTo } from './auth/access.ts';
import { authenticate, unguarded } from './auth/authenticate.ts';
import { isReporter } from './auth/reporter-status.ts';
import { withoutBasePath } from './base-path.ts';
import { createBodies } from './bodies/bodies.ts';
import { createCommands } from './commands.ts';
import { csvPathsOf, csvQuestion } from './contract/csv-paths.ts';
import { openApiDocument } from './contract/document.ts';
import type { HttpDeps } from './deps.ts';
import { holdGates } from './gates/hold-gates.ts';
import { hostCheck } from './middleware/host.ts';
import { readPlusInNames } from './middleware/plus-in-names.ts';
import { requestLog } from './middleware/request-log.ts';
import { requestMetrics } from './middleware/request-metrics.ts';
import { setSecurityHeaders } from './middleware/security-headers.ts';
import { nothingThere, pageErrors } from './page-errors.ts';
import { answerErrors, respondProblem } from './problem.ts';
import { publicUrlReader } from './public-url.ts';
import { createQueries, INTERNAL_PATHS } from './queries.ts';
import { assetRoutes } from './routes/commands/assets.ts';
import { docsRoutes } from './routes/commands/docs.ts';
import { formRoutes } from './routes/commands/forms.ts';
import { metricsRoutes } from './routes/commands/metrics.ts';
import { GATE } from './routes/queries/gate.ts';
import { reporterStatusPath } from './routes/queries/reporter-status.ts';

/** The whole HTTP side: middleware for every request, then commands, queries and pages. */
export function createApp(deps: HttpDeps): OpenAPIHono {
  const { basePath, anonymous } = deps.settings;
  const app = new OpenAPIHono(
    basePath === '' ? {} : { getPath: (request) => withoutBasePath(getPath(request), basePath) },
  );
  if (deps.log.level === 'debug') app.use(requestLog(deps));
  app.use(requestMetrics(deps.metrics));
  app.use(admission(deps));

  const bodies = deps.bodies ?? createBodies(deps.settings);
  const commands = createCommands({ ...deps, bodies });
  const queries = createQueries(deps);
  const ask: Ask = deps.ask ?? ((question) => askApp(queries, question));
  const publicUrlOf = publicUrlReader(deps.settings);
  const answering = createAnswering({ ...deps, ask, publicUrlOf });
  app.route('/', commands);
  app.route('/', metricsRoutes({ ...deps, answering }));
  const pages = new OpenAPIHono();
  pages.route('/', assetRoutes());
  pages.route('/', formRoutes({ ...deps, bodies, answering, publicUrlOf }));
  app.route(
    '/',
    docsRoutes(
      (isUnguarded) =>
        openApiDocument({ commands: app, queries, version: deps.version, anonymous, isUnguarded }),
      { ...deps, publicUrlOf, isUnguarded: unguarded(deps) },
    ),
  );
  app.get(GATE, holdGates({ ...deps, ask, answering }));
  app.get('/api/v1/status', (c, next) =>
    isReporter(c.get('caller'))
      ? answering.respond(c, reporterStatusPath(c.req.queries('repo') ?? []))
      : next(),
  );
  for (const path of pathsOf(queries)) {
    (isPage(path) ? pages : app).get(path, (c) => answering.respond(c));
  }
  for (const path of csvPathsOf(queries)) {
    app.get(`${path}.csv`, (c) => answering.respond(c, csvQuestion(c.req.url, basePath)));
  }
  pages.onError(pageErrors({ ...deps, publicUrlOf }));
  app.route('/', pages);
  refuseOtherMethods(app);
  app.notFound(nothingThere({ ...deps, publicUrlOf }));
  return answerErrors(app, deps);
}

/** What every request must pass. It is a single middleware, because each one costs as much as reading a report. */
function admission(deps: HttpDeps): MiddlewareHandler {
  const requireOwnName = hostCheck(deps.settings);
  const authenticated = authenticate(deps);
  return (c, next) => {
    setSecurityHeaders(c);
    requireOwnName(c);
    return authenticated(c, () => {
      readPlusInNames(c);
      return next();
    });
  };
}

/**
 * The paths of queries that clients may request, without those that the pattern of another path matches. With both,
 * Hono would search a tree for the route of each request, which costs as much as reading a report.
 */
function pathsOf(queries: OpenAPIHono): ReadonlySet<string> {
  const paths = queries.routes.filter(({ method }) => method === 'GET').map(({ path }) => path);
  const patterns = paths.filter((path) => path.includes('/:'));
  const isMatched = (path: string) =>
    patterns.some((pattern) => pattern !== path && toRegExp(pattern).test(path));
  return new Set(paths.filter((path) => !INTERNAL_PATHS.includes(path) && !isMatched(path)));
}

function toRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/:[^/]+/g, '[^/]+')}$`);
}

function isPage(path: string): boolean {
  return accessTo('GET', path) === 'page';
}

/** Registered after all routes, for the methods that none of them answers. */
function refuseOtherMethods(app: OpenAPIHono): void {
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allow = methods.join(', ');
        const error = new HTTPException(405, {
          message: `${c.req.method} is not allowed here. Allowed: ${allow}.`,
        });
        return respondProblem(c, error, { Allow: allow });
      },
    }),
  );
}
