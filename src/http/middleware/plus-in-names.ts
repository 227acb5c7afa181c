import type { MiddlewareHandler } from 'hono';

/** The parameters whose values are names, in which there are no blanks. */
const NAMED = /(?<=[?&](?:var-|new_)?(?:repo|server)=)[^&#]*/g;

/** What has names in its query, and no body. */
function hasNamesOnly(method: string, path: string): boolean {
  return ['GET', 'HEAD', 'DELETE'].includes(method) || path.startsWith('/api/v1/targets');
}

/**
 * Reads a `+` in a name as a `+`. In a query string it else stands for a blank, so `?repo=c++-infra`, as people and
 * scripts write it, would ask for `c  -infra`.
 */
export const plusInNames: MiddlewareHandler = async (c, next) => {
  const { url, method } = c.req;
  const meant = url.includes('+') ? url.replace(NAMED, (value) => value.replaceAll('+', '%2B')) : url;
  if (meant !== url && hasNamesOnly(method, c.req.path)) {
    const { headers, signal } = c.req.raw;
    c.req.raw = new Request(meant, { method, headers, signal });
  }
  await next();
};
