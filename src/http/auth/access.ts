import type { AnonymousWord } from '../../config/config.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../domain/token.ts';

/** The kind of access that a route needs. All but `health` need a scope. */
export type Access = 'health' | 'metrics' | 'badges' | 'page' | 'retire' | TokenScope;

/**
 * The access that each route needs. This table is the only place for it. A path that ends with `/*` includes
 * everything below.
 */
const RULES: Readonly<
  Record<Access, readonly `${'GET' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`[]>
> = {
  health: [
    'GET /healthz',
    'GET /-/healthy',
    'GET /readyz',
    'GET /-/ready',
    'OPTIONS /healthz',
    'OPTIONS /-/healthy',
    'OPTIONS /readyz',
    'OPTIONS /-/ready',
  ],
  report: [
    'POST /api/v1/reports',
    'POST /status.json',
    'POST /',
    'PUT /api/v1/targets',
    'PUT /metrics/job/*',
    'POST /metrics/job/*',
    'DELETE /metrics/job/*',
    'PUT /metrics/job@base64/*',
    'POST /metrics/job@base64/*',
    'DELETE /metrics/job@base64/*',
  ],
  metrics: ['GET /metrics'],
  badges: ['GET /badge.svg', 'GET /badge.json'],
  page: [
    'GET /',
    'GET /target/*',
    'GET /incidents',
    'GET /incident/*',
    'GET /file',
    'GET /commits',
    'GET /commit/*',
    'GET /compliance',
    'GET /compliance.svg',
    'GET /mutes/*',
    'GET /assets/*',
    'GET /api/v1/events',
  ],
  read: [
    'GET /status.json',
    'GET /api/v1/status',
    'GET /api/v1/reports',
    'GET /api/v1/timeline',
    'GET /api/v1/incidents/*',
    'GET /api/v1/mutes/*',
    'GET /api/v1/files',
    'GET /api/v1/compliance',
    'GET /api/v1/actions',
    'GET /api/v1/commits/*',
    'GET /api/v1/gate',
    'GET /grafana/*',
    'GET /openapi.json',
    'GET /docs/*',
  ],
  act: [
    'POST /api/v1/mutes',
    'PATCH /api/v1/mutes/*',
    'DELETE /api/v1/mutes/*',
    'PUT /api/v1/incidents/*',
    'DELETE /api/v1/incidents/*',
    'POST /mutes/*',
    'POST /target/*',
  ],
  // With `purge=true` the route itself asks for the scope admin.
  retire: ['DELETE /api/v1/targets'],
  admin: ['POST /api/v1/targets/rename'],
};

const EXACT = new Map<string, Access>();
const BELOW: [prefix: string, access: Access][] = [];
for (const access of ['health', 'metrics', 'badges', 'page', 'retire', ...TOKEN_SCOPES] as const) {
  for (const rule of RULES[access]) {
    const bare = rule.replace(/\/\*$/, '');
    EXACT.set(bare, access);
    if (bare !== rule) BELOW.push([`${bare}/`, access]);
  }
}

/** A list as CSV needs the same scope as the list. */
const CSV_OF_A_LIST = /^(GET \/api\/v1\/.*)\.csv$/;

/** The access that the rules name for a request; undefined if they name none. */
export function ruledAccess(method: string, path: string): Access | undefined {
  const asked = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  return (
    EXACT.get(asked.replace(CSV_OF_A_LIST, '$1')) ?? BELOW.find(([prefix]) => asked.startsWith(prefix))?.[1]
  );
}

/** The access that a request needs. Routes that are not in the table are for administrators. */
export function accessTo(method: string, path: string): Access {
  return ruledAccess(method, path) ?? 'admin';
}

/** Any of them is enough. */
export type Scopes = readonly [TokenScope, ...TokenScope[]];

const READ: Scopes = ['read'];

/** A token needs one of these. */
const SCOPES: Readonly<Record<Exclude<Access, 'health'>, Scopes>> = {
  report: ['report'],
  metrics: READ,
  badges: READ,
  page: READ,
  read: READ,
  act: ['act'],
  retire: ['act', 'admin'],
  admin: ['admin'],
};

/** The scopes for this access: a token needs one of them. */
export function scopesFor(access: Exclude<Access, 'health'>): Scopes {
  return SCOPES[access];
}

/** Whether the settings allow this access without a token. */
export function isAnonymous(access: Access, anonymous: readonly AnonymousWord[]): boolean {
  if (access === 'health') return true;
  return anonymous.some((word) => word === access || scopesFor(access).some((scope) => scope === word));
}
