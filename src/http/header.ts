import { IncomingMessage } from 'node:http';
import type { Context } from 'hono';

/**
 * A header of the request. Asked of Node where Node serves: a `Headers` object made for one question costs as
 * much as parsing a report.
 */
export function headerOf(c: Context, name: Lowercase<string>): string | undefined {
  const incoming: unknown = c.env?.incoming;
  if (!(incoming instanceof IncomingMessage)) return c.req.header(name);
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
