import type { MiddlewareHandler } from 'hono';
import { accessTo } from '../auth/access.ts';
import { setHeader } from '../node-http.ts';

/** Nothing to load, nothing to run: an answer that is no page, whatever a browser takes it for. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PAGE =
  "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Swagger UI writes style attributes; scripts come from files there too. */
const DOCS = PAGE.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

/**
 * Tells browsers on every answer what it may do to them: little. No Strict-Transport-Security: this server speaks
 * plain HTTP, where it does not count, and it is not for us to decide it for the other services behind a proxy.
 */
export function securityHeaders(): MiddlewareHandler {
  return (c, next) => {
    const { method, path } = c.req;
    const access = accessTo(method, path);
    setHeader(c, 'Content-Security-Policy', policyOf(access, path));
    setHeader(c, 'X-Content-Type-Options', 'nosniff');
    setHeader(c, 'Referrer-Policy', 'no-referrer');
    // A badge is there to be shown in the README of a forge; nothing else is to be loaded by other pages.
    setHeader(c, 'Cross-Origin-Resource-Policy', access === 'badges' ? 'cross-origin' : 'same-origin');
    return next();
  };
}

function policyOf(access: ReturnType<typeof accessTo>, path: string): string {
  if (access === 'page') return PAGE;
  return path === '/docs' || path.startsWith('/docs/') ? DOCS : NO_PAGE;
}
