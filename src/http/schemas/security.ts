import { accessTo, scopesFor } from '../auth/access.ts';

type Json = Readonly<Record<string, unknown>>;
interface Document {
  readonly paths?: Readonly<Record<string, object>> | undefined;
  readonly components?: object | undefined;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** The refusals that happen before any route runs. */
const REFUSALS: Readonly<Record<string, { readonly name: string; readonly description: string }>> = {
  401: { name: 'Unauthorized', description: 'A token is needed, and none came that is good now' },
  403: {
    name: 'Forbidden',
    description:
      'The scope that is needed is missing, or not for this repo; or a page of another site sent it',
  },
  421: { name: 'Misdirected', description: '`Host` is not a name of this server' },
  429: {
    name: 'TooManyFailures',
    description: 'Too many attempts from this address had no good token (`Retry-After`)',
  },
};

const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token, as `token create` prints it' },
  basic: { type: 'http', scheme: 'basic', description: 'A token as the password, with any user name' },
};

/** Adds to the OpenAPI document the access that `access.ts` names for each operation, and the refusals. */
export function withSecurity(document: Document): object {
  const paths = mapValues(document.paths ?? {}, (item, path) =>
    mapValues({ ...item }, (operation, key) =>
      METHODS.includes(key) ? guarded(Object(operation), key.toUpperCase(), path) : operation,
    ),
  );
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const responses = Object.fromEntries(
    Object.values(REFUSALS).map(({ name, description }) => [name, { description, content }]),
  );
  return {
    ...document,
    components: { ...document.components, responses, securitySchemes: SCHEMES },
    paths,
  };
}

function guarded(operation: Json, method: string, path: string): Json {
  const access = accessTo(method, path);
  if (access === 'health') return { ...operation, security: [] };
  const scopes = scopesFor(access);
  const refusals = mapValues(REFUSALS, ({ name }) => ({ $ref: `#/components/responses/${name}` }));
  return {
    ...operation,
    security: scopes.flatMap((scope) => [{ bearer: [scope] }, { basic: [scope] }]),
    // The descriptions of the route itself are more exact.
    responses: { ...refusals, ...Object(operation.responses) },
  };
}

function mapValues<T, R>(
  of: Readonly<Record<string, T>>,
  map: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value, key)]));
}
