import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { subscriberOf } from '../../config/addresses.ts';
import type { PeopleSettings } from '../../config/people.ts';
import type { HttpDeps } from '../deps.ts';
import { requestIdOf } from '../middleware/request-log.ts';
import { countFailedAttempts } from './failed-attempts.ts';

/** Credentials that were presented and are not valid. */
interface NotGood {
  /** The address that they came from. */
  readonly address: string;
  readonly why: string;
  readonly token?: string | undefined;
  readonly state: string;
}

/** Refuses requests without valid credentials, and counts those with wrong ones. */
export interface Refusals {
  /** 401 for a request without credentials. */
  nothing(what: string): Promise<HTTPException>;
  /** Throws 429 if the address had too many failed attempts. */
  requireNoWait(c: Context, address: string): void;
  /** 401, which counts as a failed attempt of the address. */
  failed(c: Context, what: NotGood): Promise<HTTPException>;
}

export function createRefusals({
  tokens,
  clock,
  log,
  settings: { people },
}: Pick<HttpDeps, 'tokens' | 'clock' | 'log' | 'settings'>): Refusals {
  const attempts = countFailedAttempts({ clock });
  const nothing = async (what: string) => unauthorized(what, { isAnyLive: await tokens.hasLive(), people });
  return {
    nothing,
    requireNoWait(c, address) {
      const waitS = attempts.waitS(subscriberOf(address));
      if (waitS !== undefined) throw tooManyFailures(c, waitS);
    },
    async failed(c, { address, why, token, state }) {
      attempts.count(subscriberOf(address));
      const asked = `${c.req.method} ${c.req.path}`;
      log.info({ request_id: requestIdOf(c), address, asked, token, state }, 'token refused');
      return nothing(why);
    },
  };
}

function unauthorized(
  what: string,
  { isAnyLive, people }: { isAnyLive: boolean; people: PeopleSettings | undefined },
): HTTPException {
  const howTo = isAnyLive
    ? 'The operator of this server can make tokens: gitops-status-server token create.'
    : 'No token is valid now, so the server is closed to everybody. Its operator can make one while the ' +
      'server runs: gitops-status-server token create NAME --scope report (or read, act, admin).';
  return new HTTPException(401, {
    message:
      `${what} Send "Authorization: Bearer TOKEN", or the token as the password of Basic authentication. ` +
      `${howTo}${forPeople(people)}`,
  });
}

function forPeople(people: PeopleSettings | undefined): string {
  if (people === undefined) return '';
  const secret = people.secret === undefined ? '' : ', with its secret in X-Auth-Proxy-Secret';
  return (
    ' People log in through a proxy of GITOPS_STATUS_AUTH_PROXIES, which names them in ' +
    `${people.userHeader}${secret}.`
  );
}

function tooManyFailures(c: Context, waitS: number): HTTPException {
  c.header('Retry-After', String(waitS));
  return new HTTPException(429, {
    message:
      `Too many failed attempts from your address. Try again in ${waitS} s; a valid token is always ` +
      'accepted.',
  });
}
