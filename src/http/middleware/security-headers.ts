import type { Context } from 'hono';
import { accessTo } from '../auth/access.ts';
import { setHeader } from '../node-http.ts';

/** For answers that are not pages: a browser may load and run nothing in them. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PAGE =
  "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Swagger UI writes style attributes; its scripts come from files too. */
const DOCS = PAGE.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

/**
 * Sets the security headers of every answer. There is no Strict-Transport-Security: this server speaks plain HTTP,
 * where it has no effect, and it must not decide for other services behind the same proxy.
 */
export function setSecurityHeaders(c: Context): void {
  const { method, path } = c.req;
  const access = accessTo(method, path);
  setHeader(c, 'Content-Security-Policy', policyOf(path));
  setHeader(c, 'X-Content-Type-Options', 'nosniff');
  setHeader(c, 'Referrer-Policy', 'no-referrer');
  // Badges are shown in READMEs on other sites; nothing else may be loaded by other pages.
  setHeader(c, 'Cross-Origin-Resource-Policy', access === 'badges' ? 'cross-origin' : 'same-origin');
  // Forms are sent to the path of a page, and a form that is refused is shown again.
  if (accessTo('GET', path) === 'page') allowPage(c);
}

/** For an answer that turned out to be a page. */
export function allowPage(c: Context): void {
  setHeader(c, 'Content-Security-Policy', PAGE);
  // With no-referrer, browsers would send the forms of these pages with `Origin: null`.
  setHeader(c, 'Referrer-Policy', 'same-origin');
}

function policyOf(path: string): string {
  return path === '/docs' || path.startsWith('/docs/') ? DOCS : NO_PAGE;
}
