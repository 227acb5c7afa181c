import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { HttpDeps } from '../deps.ts';

declare module 'hono' {
  interface ContextVariableMap {
    requestId: string;
  }
}

/** Logs each request at debug. What matters for operation is in the database and in the metrics. */
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

/** The id that names a request in the log. It is made when it is first needed, because few requests need one. */
export function requestIdOf(c: Context): string {
  const cached: string | undefined = c.get('requestId');
  if (cached !== undefined) return cached;
  const made = randomUUID();
  c.set('requestId', made);
  return made;
}
