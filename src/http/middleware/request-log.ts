import type { MiddlewareHandler } from 'hono';
import type { HttpDeps } from '../deps.ts';

/** One line per request: a client's mistake at debug, everything else at info. Needs `requestId` before it. */
export function requestLog({ log, clock }: Pick<HttpDeps, 'log' | 'clock'>): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = clock();
    await next();
    const { status } = c.res;
    const fields = {
      request_id: c.get('requestId'),
      method: c.req.method,
      path: c.req.path,
      status,
      duration_ms: clock() - startedAt,
    };
    if (status >= 400 && status < 500) log.debug(fields, 'request refused');
    else log.info(fields, 'request');
  };
}
