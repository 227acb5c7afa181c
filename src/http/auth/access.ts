import type { AnonymousWord } from '../../config/config.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../domain/token.ts';

/** What a route is about, as far as it matters who may use it. All but `health` need a scope. */
export type Access = 'health' | 'metrics' | 'badges' | 'page' | TokenScope;

/** Who may use what: the one place that says so. A path that ends with `/*` means all below it too. */
const RULES: Readonly<Record<Access, readonly `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`[]>> = {
  health: ['GET /healthz', 'GET /-/healthy', 'GET /readyz', 'GET /-/ready'],
  report: [
    'POST /api/v1/reports',
    'POST /status.json',
    'POST /',
    'PUT /metrics/job/*',
    'POST /metrics/job/*',
    'DELETE /metrics/job/*',
    'PUT /metrics/job@base64/*',
    'POST /metrics/job@base64/*',
    'DELETE /metrics/job@base64/*',
  ],
  metrics: ['GET /metrics'],
  badges: ['GET /badge.svg', 'GET /badge.json'],
  page: ['GET /', 'GET /target', 'GET /incidents', 'GET /file', 'GET /assets/*', 'GET /api/v1/events'],
  read: [
    'GET /status.json',
    'GET /api/v1/status',
    'GET /api/v1/reports',
    'GET /api/v1/timeline',
    'GET /api/v1/incidents',
    'GET /api/v1/files',
    'GET /api/v1/compliance',
    'GET /grafana/*',
    'GET /openapi.json',
    'GET /docs/*',
  ],
  admin: ['DELETE /api/v1/targets'],
};

const EXACT = new Map<string, Access>();
const BELOW: [prefix: string, access: Access][] = [];
for (const access of ['health', 'metrics', 'badges', 'page', ...TOKEN_SCOPES] as const) {
  for (const rule of RULES[access]) {
    const bare = rule.replace(/\/\*$/, '');
    EXACT.set(bare, access);
    if (bare !== rule) BELOW.push([`${bare}/`, access]);
  }
}

/** What the rules say about a request; undefined where they do not name it. */
export function ruledAccess(method: string, path: string): Access | undefined {
  const asked = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  return EXACT.get(asked) ?? BELOW.find(([prefix]) => asked.startsWith(prefix))?.[1];
}

/** What a request is about. Whatever nobody thought of is for the administrator. */
export function accessTo(method: string, path: string): Access {
  return ruledAccess(method, path) ?? 'admin';
}

/** The scope that a token needs for it. */
export function scopeFor(access: Exclude<Access, 'health'>): TokenScope {
  return access === 'metrics' || access === 'badges' || access === 'page' ? 'read' : access;
}

/** Whether everybody may, as the settings have it. */
export function isAnonymous(access: Access, anonymous: readonly AnonymousWord[]): boolean {
  if (access === 'health') return true;
  return anonymous.some((word) => word === access || word === scopeFor(access));
}
