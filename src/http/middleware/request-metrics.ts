import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ServerMetrics } from '../../metrics/server-metrics.ts';
import { slugOf } from '../problem.ts';

/** Times every request, and counts the posts of reports that were refused: whatever has a body has reports. */
export function requestMetrics(metrics: ServerMetrics): MiddlewareHandler {
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

/** Anybody may invent a method; each would be a series of its own. */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** The pattern that the path matched; what is there for every path is no route. */
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ path }) => path !== EVERY_PATH)?.path ?? EVERY_PATH;
}

const EVERY_PATH = '/*';
