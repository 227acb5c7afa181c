import type { MiddlewareHandler } from 'hono';
import { isNoFilter } from '../filter-values.ts';

/**
 * Removes parameters from a query that ask for nothing. Grafana sends `${label:customqueryparam:label}` as a
 * parameter's name if nothing resolves it, and `*` as the name if all labels are chosen.
 */
export const dropNamelessFilters: MiddlewareHandler = async (c, next) => {
  const url = new URL(c.req.url);
  const nameless = [...url.searchParams].filter(([name, value]) => value === '' && isNoFilter(name));
  for (const [name] of nameless) url.searchParams.delete(name, '');
  if (nameless.length > 0) {
    const { method, headers, signal } = c.req.raw;
    c.req.raw = new Request(url, { method, headers, signal });
  }
  await next();
};
