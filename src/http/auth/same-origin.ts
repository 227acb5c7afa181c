import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { HttpSettings } from '../deps.ts';
import { headerOf } from '../node-http.ts';

const READING = ['GET', 'HEAD', 'OPTIONS'];
const ORIGIN = /^(https?):\/\/[^/?#@\\\s,]+$/i;

/** What a browser says about a request that a page of this server sent, or that its user typed. */
const OWN_SITES = ['same-origin', 'none'];

/**
 * How a write was let in without one of our Bearer tokens. Either nobody has to prove anything (open), or the browser
 * adds the proof by itself (Basic, a proxy's session), even for a page of another site.
 */
export type LetInBy = 'open' | 'basic' | 'proxy';

/**
 * Makes a function that throws 403 if a page of another site may have sent a write. Programs send no origin: that is
 * refused only behind a proxy that names people, where browsers are the clients.
 */
export function originCheck({
  publicUrl,
}: Pick<HttpSettings, 'publicUrl'>): (c: Context, letInBy: LetInBy) => void {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;

  const isOwn = (origin: string, c: Context) => {
    const scheme = ORIGIN.exec(origin)?.[1];
    if (scheme === undefined || !URL.canParse(origin)) return false;
    const url = new URL(origin);
    if (url.origin === publicOrigin) return true;
    const asked = `${scheme}://${headerOf(c, 'host') ?? new URL(c.req.url).host}`;
    return URL.canParse(asked) && new URL(asked).host === url.host;
  };

  return (c, letInBy) => {
    if (READING.includes(c.req.method)) return;
    const [origin, site] = [headerOf(c, 'origin'), headerOf(c, 'sec-fetch-site')];
    if (origin === undefined && site === undefined) {
      if (letInBy === 'proxy') throw unproven(c);
      return;
    }
    if (origin !== undefined && !isOwn(origin, c)) throw foreign(c, `the Origin ${origin.slice(0, 200)}`);
    if (site !== undefined && !OWN_SITES.includes(site.trim().toLowerCase()))
      throw foreign(c, `Sec-Fetch-Site: ${site.slice(0, 200)}`);
  };
}

function foreign(c: Context, what: string): HTTPException {
  return new HTTPException(403, {
    message:
      `${c.req.method} ${c.req.path} came from a page of another site (${what}). Nothing was done. If ` +
      'clients reach this server under another name than its proxy does, set GITOPS_STATUS_PUBLIC_URL.',
  });
}

function unproven(c: Context): HTTPException {
  return new HTTPException(403, {
    message:
      `${c.req.method} ${c.req.path} has neither Origin nor Sec-Fetch-Site, so any page may have sent it. ` +
      'Nothing was done. In a program, send a token: "Authorization: Bearer TOKEN".',
  });
}
