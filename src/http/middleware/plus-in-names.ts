import type { Context } from 'hono';

/** The parameters whose values are names. Names have no blanks. */
const NAMED = /(?<=[?&](?:var-|new_)?(?:repo|server)=)[^&#]*/g;

/** Methods with names in the query and no body. */
function hasNamesOnly(method: string, path: string): boolean {
  return ['GET', 'HEAD', 'DELETE'].includes(method) || path.startsWith('/api/v1/targets');
}

/**
 * Reads a `+` in a name as a `+`. Otherwise it stands for a blank in a query string, so `?repo=c++-infra`, as people
 * and scripts write it, would ask for `c  -infra`.
 */
export function readPlusInNames(c: Context): void {
  const { url, method } = c.req;
  if (!url.includes('+') || !hasNamesOnly(method, c.req.path)) return;
  const meant = url.replace(NAMED, (value) => value.replaceAll('+', '%2B'));
  if (meant === url) return;
  const { headers, signal } = c.req.raw;
  c.req.raw = new Request(meant, { method, headers, signal });
}
