import type { MiddlewareHandler } from 'hono';
import { isNoFilter } from '../filter-values.ts';

/**
 * Takes out of a query what stands for whole parameters and asks for nothing. Grafana sends `${label:customqueryparam:label}`
 * as the name of a parameter where nobody resolves it, and as the name `*` where all labels are chosen.
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
