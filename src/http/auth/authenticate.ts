import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { isLoopback } from '../../config/addresses.ts';
import { mayReport, tokenState } from '../../domain/token.ts';
import type { HttpDeps } from '../deps.ts';
import { requestIdOf } from '../middleware/request-log.ts';
import { headerOf } from '../node-http.ts';
import { accessTo, isAnonymous, type Scopes, scopesFor } from './access.ts';
import { type Caller, rightsOf } from './caller.ts';
import { createInspector, type Identity } from './inspector.ts';
import { asksForOwnRepos } from './reporter-status.ts';
import { originCheck } from './same-origin.ts';
import { isBearer } from './token-text.ts';

const ANYONE: Caller = { kind: 'anyone', mayAdminister: false };
/** The caller on loopback while there is no token yet. */
const OWNER: Caller = { kind: 'anyone', mayAdminister: true };

/**
 * Checks who sends each request against `access.ts`, and sets `caller`. On loopback everything is allowed until the
 * first token is made, except with `requireToken` or a proxy that names people. Requests that need no token are allowed
 * with any token. A write without a Bearer token must not come from a page of another site.
 */
export function authenticate(
  deps: Pick<HttpDeps, 'tokens' | 'clock' | 'log' | 'settings'>,
): MiddlewareHandler {
  const { tokens, settings, log } = deps;
  const { anonymous } = settings;
  const allowsAll = unguarded(deps);
  const inspect = createInspector(deps);
  const requireOwnOrigin = originCheck(settings);

  return async (c, next) => {
    const access = accessTo(c.req.method, c.req.path);
    const isOpen = access === 'health' || isAnonymous(access, anonymous);
    if (isOpen && access !== 'report') {
      requireOwnOrigin(c, 'open');
      c.set('caller', ANYONE);
      await next();
      return;
    }
    // Even if everybody may report, only an unguarded server lets everybody take over targets.
    const isUnguarded = await allowsAll();
    if (isOpen || isUnguarded) {
      requireOwnOrigin(c, 'open');
      c.set('caller', isUnguarded ? OWNER : ANYONE);
      await next();
      return;
    }
    const scopes = scopesFor(access);
    const caller = permitted(c, await inspect(c, scopes), scopes);
    if (caller.kind === 'person') requireOwnOrigin(c, 'proxy');
    else if (!isBearer(headerOf(c, 'authorization'))) requireOwnOrigin(c, 'basic');
    c.set('caller', caller);
    await next();
    const isReading = scopes.includes('read');
    if (isReading) keepPrivate(c.res.headers);
    // The answer is ready, so storing the use of the token cannot delay it.
    if (caller.kind === 'bearer') tokens.used(caller.token);
    if (isReading || access === 'report') return;
    const who = caller.kind === 'bearer' ? { token: caller.token.name } : { person: caller.name };
    const asked = `${c.req.method} ${c.req.url}`;
    log.info({ request_id: requestIdOf(c), asked, ...who, status: c.res.status }, 'administered');
  };
}

/** Whether everything is allowed without a token: on loopback, until the first one is made. */
export function unguarded({
  tokens,
  settings: { requireToken, people, host },
}: Pick<HttpDeps, 'tokens' | 'settings'>): () => Promise<boolean> {
  const isClosed = requireToken || people !== undefined || !isLoopback(host);
  return async () => !isClosed && !(await tokens.everHadAny());
}

/** The caller, with the scope that lets the request in. Throws 403 if no scope does. */
function permitted(c: Context, who: Identity, scopes: Scopes): Exclude<Caller, { kind: 'anyone' }> {
  if (who.kind === 'person') {
    if (scopes.some((scope) => scope === 'read' || (scope === 'act' && who.mayAct))) return who;
  } else {
    const { token } = who;
    const scope = scopes.find((one) => token.scopes.includes(one));
    if (scope !== undefined) return { kind: 'bearer', token, scope };
    if (asksForOwnRepos(c, token))
      return { kind: 'bearer', token, scope: 'report', repos: c.req.queries('repo') };
  }
  const needed = `${c.req.method} ${c.req.path} needs the scope ${scopes.join(' or ')}`;
  throw new HTTPException(403, { message: `${needed}; ${rightsOf(who)}.` });
}

/** Whether a caller would be let in again now: tokens come and go while a long request runs. */
export async function isStillAllowed(
  caller: Caller,
  { tokens, clock }: Pick<HttpDeps, 'tokens' | 'clock'>,
): Promise<boolean> {
  // The settings that let others in never change, and neither does what a proxy said about a person.
  if (caller.kind === 'person') return true;
  if (caller.kind === 'anyone') return !caller.mayAdminister || !(await tokens.everHadAny());
  const token = await tokens.find(caller.token.sha256);
  if (token === undefined || tokenState(token, clock()) !== 'live') return false;
  return token.scopes.includes(caller.scope) && (caller.repos ?? []).every((repo) => mayReport(token, repo));
}

/** An answer that needed a token must not be stored by a shared cache. */
function keepPrivate(headers: Headers): void {
  const caching = headers.get('Cache-Control');
  if (caching !== null) headers.set('Cache-Control', caching.replace('public', 'private'));
}
