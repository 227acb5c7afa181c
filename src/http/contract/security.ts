import type { AnonymousWord } from '../../config/config.ts';
import { accessTo, isAnonymous, scopesFor } from '../auth/access.ts';
import { REPORTER_PATHS } from '../auth/reporter-status.ts';
import { type JsonObject, objectIn } from './json.ts';
import { mapOperations, type Place } from './paths.ts';
import { REFUSALS_BEFORE_ROUTES } from './refusals.ts';

export const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token, as `token create` prints it' },
  basic: { type: 'http', scheme: 'basic', description: 'A token as the password, with any user name' },
};

/** How requests without a token are let in. */
export interface Openness {
  /** By the settings. */
  readonly anonymous: readonly AnonymousWord[];
  /** On loopback everything is allowed before the first token is made. */
  readonly isUnguarded: boolean;
}

/** Adds to each operation the access that `access.ts` names for it, and the refusals. */
export function withSecurity(paths: JsonObject, openness: Openness): JsonObject {
  return mapOperations(paths, (operation, at) => guarded(operation, at, openness));
}

function guarded(operation: JsonObject, { method, path }: Place, openness: Openness): JsonObject {
  const access = accessTo(method, path);
  if (access === 'health') return { ...operation, security: [] };
  const isOpen = openness.isUnguarded || isAnonymous(access, openness.anonymous);
  return {
    ...operation,
    security: [
      ...(isOpen ? [{}] : []),
      ...[...scopesFor(access), ...(REPORTER_PATHS.includes(path) ? ['report'] : [])].flatMap((scope) => [
        { bearer: [scope] },
        { basic: [scope] },
      ]),
    ],
    // The route's own descriptions are more exact.
    responses: { ...REFUSALS_BEFORE_ROUTES, ...objectIn(operation.responses) },
  };
}
