import { OpenAPIHono } from '@hono/zod-openapi';
import type { QueryDeps } from './deps.ts';
import { gzipAnswer } from './middleware/gzip.ts';
import { dropNamelessFilters } from './middleware/nameless-filters.ts';
import { answerErrors, refuseInvalid } from './problem.ts';
import { actionRoutes } from './routes/queries/actions.ts';
import { badgeRoutes } from './routes/queries/badge.ts';
import { commitRoutes } from './routes/queries/commits.ts';
import { complianceRoutes } from './routes/queries/compliance.ts';
import { fileRoutes } from './routes/queries/files.ts';
import { FLEET_METRICS, fleetMetricsRoutes } from './routes/queries/fleet-metrics.ts';
import { gateRoutes } from './routes/queries/gate.ts';
import { grafanaEventRoutes } from './routes/queries/grafana-events.ts';
import { grafanaNowRoutes } from './routes/queries/grafana-now.ts';
import { grafanaSeriesRoutes } from './routes/queries/grafana-series.ts';
import { grafanaVariableRoutes } from './routes/queries/grafana-variables.ts';
import { historyRoutes } from './routes/queries/history.ts';
import { listReportsRoutes } from './routes/queries/list-reports.ts';
import { mutePageRoutes } from './routes/queries/mute-pages.ts';
import { muteRoutes } from './routes/queries/mutes.ts';
import { pageRoutes } from './routes/queries/pages.ts';
import { reportPageRoutes } from './routes/queries/report-pages.ts';
import { REPORTER_STATUS, reporterStatusRoutes } from './routes/queries/reporter-status.ts';
import { statusRoutes } from './routes/queries/status.ts';
import { targetFormPageRoutes } from './routes/queries/target-form-pages.ts';
import { SharedHistories } from './shared-histories.ts';

/** Questions that only this server itself asks. */
export const INTERNAL_PATHS: readonly string[] = [FLEET_METRICS, REPORTER_STATUS];

/** The routes that only read. They can run in any thread that can read the database. */
export function createQueries(deps: QueryDeps): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });
  const histories = new SharedHistories(deps.store);
  // A month of a fleet is megabytes of similar rows.
  app.use(gzipAnswer);
  app.use(dropNamelessFilters);
  app.route('/', statusRoutes(deps));
  app.route('/', listReportsRoutes(deps));
  app.route('/', historyRoutes(deps));
  app.route('/', fileRoutes({ ...deps, histories }));
  app.route('/', complianceRoutes({ ...deps, histories }));
  app.route('/', actionRoutes(deps));
  app.route('/', commitRoutes(deps));
  app.route('/', muteRoutes(deps));
  app.route('/', grafanaNowRoutes({ ...deps, histories }));
  app.route('/', grafanaVariableRoutes({ ...deps, histories }));
  app.route('/', grafanaSeriesRoutes({ ...deps, histories }));
  app.route('/', grafanaEventRoutes({ ...deps, histories }));
  app.route('/', badgeRoutes(deps));
  app.route('/', pageRoutes(deps));
  app.route('/', reportPageRoutes(deps));
  app.route('/', mutePageRoutes(deps));
  app.route('/', targetFormPageRoutes(deps));
  app.route('/', fleetMetricsRoutes(deps));
  app.route('/', reporterStatusRoutes(deps));
  app.route('/', gateRoutes(deps));
  return answerErrors(app, deps);
}
