import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { addressSet, isLoopback, originOf, subscriberOf } from '../../config/addresses.ts';
import { type Token, tokenState } from '../../domain/token.ts';
import type { HttpDeps } from '../deps.ts';
import { requestIdOf } from '../middleware/request-log.ts';
import { headerOf, peerOf } from '../node-http.ts';
import { accessTo, isAnonymous, scopeFor } from './access.ts';
import type { Caller } from './caller.ts';
import { countFailedAttempts } from './failed-attempts.ts';
import { asksForOwnRepos } from './reporter-status.ts';
import { presentedToken, sha256Of } from './token-text.ts';

const ANYONE: Caller = { kind: 'anyone', mayAdminister: false };
/** The caller on loopback while there is no token yet. */
const OWNER: Caller = { kind: 'anyone', mayAdminister: true };

/**
 * Checks the token of each request against `access.ts`, and sets `caller`. On loopback everything is allowed until
 * the first token is made, unless `requireToken`. Requests that need no token are allowed whatever token they carry.
 */
export function authenticate(
  deps: Pick<HttpDeps, 'tokens' | 'clock' | 'log' | 'settings'>,
): MiddlewareHandler {
  const { tokens, settings, log } = deps;
  const { anonymous } = settings;
  const isClosed = settings.requireToken || !isLoopback(settings.host);
  const tokenOf = createInspector(deps);

  return async (c, next) => {
    const access = accessTo(c.req.method, c.req.path);
    const isOpen = access === 'health' || isAnonymous(access, anonymous);
    if (isOpen && access !== 'report') {
      c.set('caller', ANYONE);
      return next();
    }
    // Even where everybody may report, only an unguarded server lets everybody take over targets.
    const isUnguarded = !isClosed && !(await tokens.everHadAny());
    if (isOpen || isUnguarded) {
      c.set('caller', isUnguarded ? OWNER : ANYONE);
      return next();
    }
    const scope = scopeFor(access);
    const token = await tokenOf(c, scope);
    if (!token.scopes.includes(scope) && !asksForOwnRepos(c, token)) {
      throw new HTTPException(403, {
        message:
          `${c.req.method} ${c.req.path} needs the scope ${scope}; ` +
          `the token ${token.name} has ${token.scopes.join(', ')}.`,
      });
    }
    c.set('caller', { kind: 'bearer', token, scope });
    await next();
    if (scope === 'read') keepPrivate(c.res.headers);
    // The answer is ready, so noting the use of the token cannot delay it.
    tokens.used(token);
    if (scope !== 'admin') return;
    const asked = `${c.req.method} ${c.req.url}`;
    log.info({ request_id: requestIdOf(c), asked, token: token.name, status: c.res.status }, 'administered');
  };
}

/** Whether a caller would be let in again, now: tokens come and go while a long request runs. */
export async function isStillAllowed(
  caller: Caller,
  { tokens, clock }: Pick<HttpDeps, 'tokens' | 'clock'>,
): Promise<boolean> {
  // The settings that let in anyone else never change.
  if (caller.kind === 'anyone') return !caller.mayAdminister || !(await tokens.everHadAny());
  const token = await tokens.find(caller.token.sha256);
  return token !== undefined && tokenState(token, clock()) === 'live' && token.scopes.includes(caller.scope);
}

/** An answer that needed a token must not be stored by a shared cache. */
function keepPrivate(headers: Headers): void {
  const caching = headers.get('Cache-Control');
  if (caching !== null) headers.set('Cache-Control', caching.replace('public', 'private'));
}

/**
 * Finds the live token of a request, or throws 401, or 429 after too many failed attempts from the same address. Only
 * failures are counted and limited: a good token always passes, also from a limited address.
 */
function createInspector({
  tokens,
  clock,
  log,
  settings,
}: Pick<HttpDeps, 'tokens' | 'clock' | 'log' | 'settings'>) {
  const attempts = countFailedAttempts({ clock });
  const isTrusted = addressSet(settings.trustedProxies);
  const refusal = async (what: string) => unauthorized(what, await tokens.hasLive());

  return async (c: Context, scope: string): Promise<Token> => {
    const asked = `${c.req.method} ${c.req.path}`;
    const presented = presentedToken(headerOf(c, 'authorization'));
    if (presented === undefined) throw await refusal(`${asked} needs a token with the scope ${scope}.`);

    const sha256 = sha256Of(presented);
    const found = await tokens.find(sha256);
    if (found !== undefined && tokenState(found, clock()) === 'live') return found;

    const address = addressOf(c, isTrusted);
    const waitS = attempts.waitS(subscriberOf(address));
    if (waitS !== undefined) throw tooManyFailures(c, waitS);
    const token = await tokens.find(sha256, { afresh: true });
    const state = token === undefined ? 'unknown' : tokenState(token, clock());
    if (token !== undefined && state === 'live') return token;

    attempts.count(subscriberOf(address));
    log.info({ request_id: requestIdOf(c), address, asked, token: token?.name, state }, 'token refused');
    throw await refusal(
      token === undefined ? 'The token is not known here.' : `The token ${token.name} is ${state}.`,
    );
  };
}

function unauthorized(what: string, isAnyLive: boolean): HTTPException {
  const howTo = isAnyLive
    ? 'Whoever runs this server makes tokens with: gitops-status-server token create.'
    : 'No token is good here now, so the server is closed to everybody. Whoever runs it makes one, beside the running ' +
      'server, with: gitops-status-server token create NAME --scope report (or read, or admin).';
  return new HTTPException(401, {
    message: `${what} Send "Authorization: Bearer TOKEN", or the token as the password of Basic authentication. ${howTo}`,
  });
}

function tooManyFailures(c: Context, waitS: number): HTTPException {
  c.header('Retry-After', String(waitS));
  return new HTTPException(429, {
    message: `Too many attempts from your address had no good token. Try again in ${waitS} s; a good one always passes.`,
  });
}

function addressOf(c: Context, isTrusted: (address: string) => boolean): string {
  return originOf(peerOf(c), { forwardedFor: headerOf(c, 'x-forwarded-for'), isTrusted });
}
