import { headersOf } from './headers.ts';
import type { JsonObject } from './json.ts';

interface Refusal {
  readonly status: number;
  readonly description: string;
}

const BEFORE_ROUTES: Readonly<Record<string, Refusal>> = {
  Unauthorized: { status: 401, description: 'A valid token is required' },
  Forbidden: {
    status: 403,
    description: 'The token lacks the scope or the repo, or a page of another site sent the request',
  },
  Misdirected: { status: 421, description: '`Host` is not a host name of this server' },
  TooManyFailures: { status: 429, description: 'Too many failed attempts from this address' },
};

const OF_THE_POOL: Readonly<Record<string, Refusal>> = {
  Overloaded: {
    status: 503,
    description: 'Too many questions are waiting, or the database cannot be read: ask again later',
  },
  TooSlow: { status: 504, description: 'The answer took too long: ask for less' },
};

/** Refusals that happen before any route runs, by status. */
export const REFUSALS_BEFORE_ROUTES = referencesTo(BEFORE_ROUTES);
/** Refusals of the workers that answer questions, by status. */
export const POOL_REFUSALS = referencesTo(OF_THE_POOL);

function referencesTo(refusals: Readonly<Record<string, Refusal>>): JsonObject {
  const all = Object.entries(refusals);
  return Object.fromEntries(
    all.map(([name, { status }]) => [status, { $ref: `#/components/responses/${name}` }]),
  );
}

/** The components that they refer to. */
export function refusalComponents(): JsonObject {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const all = Object.entries({ ...BEFORE_ROUTES, ...OF_THE_POOL });
  return Object.fromEntries(
    all.map(([name, { status, description }]) => {
      const headers = headersOf(String(status));
      return [name, { description, ...(Object.keys(headers).length === 0 ? {} : { headers }), content }];
    }),
  );
}
