import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ServerMetrics } from '../../metrics/server-metrics.ts';
import { SLUGS, slugOf } from '../problem.ts';

/** Times every request, and counts refused posts: every request with a body carries reports. */
export function requestMetrics(metrics: ServerMetrics): MiddlewareHandler {
  for (const slug of SLUGS) metrics.countRefused(slug, 0);
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const { method } = c.req;
    metrics.countRequest({
      method: KNOWN_METHODS.has(method) ? method : 'other',
      route: routeOf(c),
      status: c.res.status,
      seconds: (performance.now() - startedAt) / 1000,
    });
    if (c.error !== undefined && (method === 'POST' || method === 'PUT')) {
      metrics.countRefused(slugOf(c.error));
    }
  };
}

/** Clients may send any method; each would become a series of its own. */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** The pattern of the route that the path matched. Middleware for all paths is not a route. */
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ path }) => path !== EVERY_PATH)?.path ?? EVERY_PATH;
}

const EVERY_PATH = '/*';
