import { OpenAPIHono } from '@hono/zod-openapi';
import { createBodies } from './bodies/bodies.ts';
import type { HttpDeps } from './deps.ts';
import { refuseInvalid } from './problem.ts';
import { acknowledgementRoutes } from './routes/commands/acknowledgements.ts';
import { eventRoutes } from './routes/commands/events.ts';
import { healthRoutes } from './routes/commands/health.ts';
import { muteCommandRoutes } from './routes/commands/mutes.ts';
import { pushgatewayRoutes } from './routes/commands/pushgateway.ts';
import { reportRoutes } from './routes/commands/reports.ts';
import { targetRoutes } from './routes/commands/targets.ts';

/** The routes that write, and those that only the writing process can answer. */
export function createCommands(deps: HttpDeps): OpenAPIHono {
  const bodies = deps.bodies ?? createBodies(deps.settings);
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });
  app.route('/', reportRoutes({ ...deps, bodies }));
  app.route('/', pushgatewayRoutes({ ...deps, bodies }));
  app.route('/', targetRoutes(deps));
  app.route('/', muteCommandRoutes({ ...deps, bodies }));
  app.route('/', acknowledgementRoutes({ ...deps, bodies }));
  app.route('/', eventRoutes(deps));
  app.route('/', healthRoutes(deps));
  return app;
}
