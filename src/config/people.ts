import { networkFault, reachesLoopback } from './addresses.ts';

/** How a proxy that knows people names them. */
export interface PeopleSettings {
  /** The header with the name of the person, in lower case. */
  readonly userHeader: Lowercase<string>;
  /** Addresses and networks that are believed, as the other end of the connection and never as a forwarded address. */
  readonly proxies: readonly string[];
  /** The secret that the proxy must send; undefined only if no proxy is on loopback. */
  readonly secret: string | undefined;
  readonly groupsHeader: Lowercase<string> | undefined;
  /** The names of those who may act; `*` is everybody. */
  readonly actUsers: readonly string[];
  readonly actGroups: readonly string[];
}

/** The settings as they are written; lists are already split. */
export interface PeopleEnv {
  readonly GITOPS_STATUS_USER_HEADER?: string | undefined;
  readonly GITOPS_STATUS_AUTH_PROXIES: readonly string[];
  readonly GITOPS_STATUS_AUTH_PROXY_SECRET?: string | undefined;
  readonly GITOPS_STATUS_GROUPS_HEADER?: string | undefined;
  readonly GITOPS_STATUS_ACT_USERS: readonly string[];
  readonly GITOPS_STATUS_ACT_GROUPS: readonly string[];
}

/** Carries `GITOPS_STATUS_AUTH_PROXY_SECRET`. */
export const SECRET_HEADER = 'x-auth-proxy-secret';

/** Headers with another meaning: a name in one of them would belong to somebody else. */
const TAKEN = new Set([
  ...[SECRET_HEADER, 'authorization', 'proxy-authorization', 'cookie', 'host', 'origin', 'referer', 'from'],
  ...['user-agent', 'connection', 'content-type', 'content-length', 'content-encoding', 'accept'],
  ...['accept-encoding', 'transfer-encoding', 'if-none-match', 'last-event-id', 'sec-fetch-site'],
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-prefix'],
]);

/** What is wrong with the name of a header that names people or groups; undefined if nothing is. */
export function headerFault(name: string): string | undefined {
  if (!/^[A-Za-z0-9-]+$/.test(name)) return 'must be the name of a header such as Remote-User';
  return TAKEN.has(name.toLowerCase())
    ? 'is a header that has another meaning: choose another one'
    : undefined;
}

/** What is wrong with the settings as a whole. */
export function peopleProblems(env: PeopleEnv): string[] {
  const { GITOPS_STATUS_USER_HEADER: userHeader, GITOPS_STATUS_GROUPS_HEADER: groupsHeader } = env;
  const proxies = env.GITOPS_STATUS_AUTH_PROXIES;
  const problems = proxies.flatMap((proxy) => {
    const fault = networkFault(proxy);
    return fault === undefined ? [] : [`GITOPS_STATUS_AUTH_PROXIES: ${proxy} ${fault}`];
  });
  if (userHeader === undefined) return [...problems, ...uselessWithoutHeader(env)];
  if (proxies.length === 0) {
    problems.push(
      'GITOPS_STATUS_USER_HEADER needs GITOPS_STATUS_AUTH_PROXIES: the addresses that may name people, such as 10.0.0.5',
    );
  }
  const local = proxies.find((proxy) => networkFault(proxy) === undefined && reachesLoopback(proxy));
  if (local !== undefined && env.GITOPS_STATUS_AUTH_PROXY_SECRET === undefined) {
    problems.push(
      `GITOPS_STATUS_AUTH_PROXIES has ${local}, and any program on this machine can send from there: set ` +
        'GITOPS_STATUS_AUTH_PROXY_SECRET, and let the proxy send it as X-Auth-Proxy-Secret',
    );
  }
  if (groupsHeader?.toLowerCase() === userHeader.toLowerCase())
    problems.push('GITOPS_STATUS_GROUPS_HEADER and GITOPS_STATUS_USER_HEADER name the same header: name two');
  if ((groupsHeader === undefined) !== (env.GITOPS_STATUS_ACT_GROUPS.length === 0)) {
    problems.push(
      'GITOPS_STATUS_GROUPS_HEADER and GITOPS_STATUS_ACT_GROUPS need each other: set both, or neither',
    );
  }
  return problems;
}

function uselessWithoutHeader(env: PeopleEnv): string[] {
  const others = Object.entries({
    GITOPS_STATUS_AUTH_PROXIES: env.GITOPS_STATUS_AUTH_PROXIES,
    GITOPS_STATUS_AUTH_PROXY_SECRET: env.GITOPS_STATUS_AUTH_PROXY_SECRET ?? '',
    GITOPS_STATUS_GROUPS_HEADER: env.GITOPS_STATUS_GROUPS_HEADER ?? '',
    GITOPS_STATUS_ACT_USERS: env.GITOPS_STATUS_ACT_USERS,
    GITOPS_STATUS_ACT_GROUPS: env.GITOPS_STATUS_ACT_GROUPS,
  });
  const set = others.filter(([, value]) => value.length > 0);
  return set.map(
    ([name]) =>
      `${name} does nothing without GITOPS_STATUS_USER_HEADER: set that to the header that names people`,
  );
}

/** Undefined if no proxy names people. */
export function toPeople(env: PeopleEnv): PeopleSettings | undefined {
  const { GITOPS_STATUS_USER_HEADER: userHeader, GITOPS_STATUS_GROUPS_HEADER: groupsHeader } = env;
  if (userHeader === undefined) return undefined;
  return {
    userHeader: lowercase(userHeader),
    proxies: env.GITOPS_STATUS_AUTH_PROXIES,
    secret: env.GITOPS_STATUS_AUTH_PROXY_SECRET,
    groupsHeader: groupsHeader === undefined ? undefined : lowercase(groupsHeader),
    actUsers: env.GITOPS_STATUS_ACT_USERS,
    actGroups: env.GITOPS_STATUS_ACT_GROUPS,
  };
}

/** `toLowerCase` does what the type declares. */
function lowercase(text: string): Lowercase<string> {
  return text.toLowerCase() as Lowercase<string>;
}
