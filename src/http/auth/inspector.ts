import type { Context } from 'hono';
import { addressSet, originOf, plain } from '../../config/addresses.ts';
import { type Token, tokenState } from '../../domain/token.ts';
import type { HttpDeps } from '../deps.ts';
import { headerOf, peerOf } from '../node-http.ts';
import type { Scopes } from './access.ts';
import type { Person } from './caller.ts';
import { personReader } from './person.ts';
import { looksLikeToken, presentedToken, sha256Of } from './token-text.ts';
import { createRefusals } from './unauthorized.ts';

/** Who sent a request, before anything is decided about it. */
export type Identity = { readonly kind: 'bearer'; readonly token: Token } | Person;

/**
 * Makes a function that finds out who sends a request: the bearer of a live token, or else the person whom a proxy
 * names. Behind such a proxy an `Authorization` without one of our tokens is the proxy's own. Throws 401, or 429 after
 * too many failed attempts from the same address. Only failures are counted and limited: a good token always passes.
 * The refusal asks for `scopes`.
 */
export function createInspector(
  deps: Pick<HttpDeps, 'tokens' | 'clock' | 'log' | 'settings'>,
): (c: Context, scopes: Scopes) => Promise<Identity> {
  const { tokens, clock, settings } = deps;
  const refusals = createRefusals(deps);
  const isTrusted = addressSet(settings.trustedProxies);
  const claimOf = personReader(settings.people);

  const find = async (sha256: string, options?: { afresh: boolean }) => {
    const token = await tokens.find(sha256, options);
    return { token, state: token === undefined ? ('unknown' as const) : tokenState(token, clock()) };
  };

  const bearerOrRefusal = async (c: Context, sha256: string): Promise<Identity> => {
    const address = originOf(peerOf(c), { forwardedFor: headerOf(c, 'x-forwarded-for'), isTrusted });
    refusals.requireNoWait(c, address);
    const { token, state } = await find(sha256, { afresh: true });
    if (token !== undefined && state === 'live') return { kind: 'bearer', token };
    const why = token === undefined ? 'The token is not known here.' : `The token ${token.name} is ${state}.`;
    throw await refusals.failed(c, { address, why, token: token?.name, state });
  };

  return async (c, scopes) => {
    const presented = presentedToken(headerOf(c, 'authorization'));
    const sha256 = presented === undefined ? undefined : sha256Of(presented);
    if (presented !== undefined && sha256 !== undefined) {
      const { token, state } = await find(sha256);
      if (token !== undefined && state === 'live') return { kind: 'bearer', token };
    }
    const claim = claimOf(c);
    if (claim.kind === 'wrong_secret') {
      const address = plain(peerOf(c));
      refusals.requireNoWait(c, address);
      const why = 'X-Auth-Proxy-Secret does not match GITOPS_STATUS_AUTH_PROXY_SECRET.';
      throw await refusals.failed(c, { address, why, state: 'wrong proxy secret' });
    }
    if (claim.kind === 'none') {
      if (sha256 !== undefined) return bearerOrRefusal(c, sha256);
      const needed = `a token with the scope ${scopes.join(' or ')}`;
      throw await refusals.nothing(`${c.req.method} ${c.req.path} needs ${needed}.`);
    }
    // One of our tokens that was made just now.
    const isOurs = presented !== undefined && sha256 !== undefined && looksLikeToken(presented);
    const made = isOurs ? await find(sha256, { afresh: true }) : undefined;
    return made?.token !== undefined && made.state === 'live' ? { kind: 'bearer', token: made.token } : claim;
  };
}
