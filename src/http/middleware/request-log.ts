import type { MiddlewareHandler } from 'hono';
import type { HttpDeps } from '../deps.ts';
import { requestIdOf } from '../request-id.ts';

/** One line per request, at debug: what matters of it is in the database and in the metrics. */
export function requestLog({ log, clock }: Pick<HttpDeps, 'log' | 'clock'>): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = clock();
    await next();
    const { status } = c.res;
    const fields = {
      request_id: requestIdOf(c),
      method: c.req.method,
      path: c.req.path,
      status,
      duration_ms: clock() - startedAt,
    };
    log.debug(fields, status >= 400 && status < 500 ? 'request refused' : 'request');
  };
}
