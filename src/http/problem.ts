import type { Hook, OpenAPIHono } from '@hono/zod-openapi';
import type { Context, Env } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import {
  DomainError,
  type ErrorCode,
  type FieldError,
  invalidFields,
  MAX_FIELD_ERRORS,
} from '../domain/errors.ts';
import type { QueryDeps } from './deps.ts';
import { requestIdOf } from './middleware/request-log.ts';
import { isCutShort, setReasonPhrase } from './node-http.ts';

/** The body of an error answer: RFC 9457. */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly request_id?: string;
}

interface Kind {
  readonly slug: string;
  readonly status:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 408
    | 409
    | 413
    | 415
    | 417
    | 421
    | 422
    | 429
    | 431
    | 500
    | 503
    | 504;
  readonly title: string;
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Basic comes first: Chromium reads one challenge per header, and asks its user only for this one. Clients with a
 * bearer token do not wait for a challenge.
 */
const CHALLENGES = 'Basic realm="gitops-status", charset="UTF-8", Bearer realm="gitops-status"';

const FORBIDDEN: Kind = { slug: 'forbidden', status: 403, title: 'Not allowed' };
const MALFORMED: Kind = { slug: 'malformed', status: 400, title: 'The request cannot be read' };
const INTERNAL: Kind = { slug: 'internal', status: 500, title: 'Internal error' };

/** Maps each code to a status; no other place does. */
const KINDS: Readonly<Record<ErrorCode, Kind>> = {
  malformed: MALFORMED,
  invalid: { slug: 'invalid', status: 422, title: 'The request is not valid' },
  not_found: { slug: 'not-found', status: 404, title: 'Not found' },
  conflict: { slug: 'conflict', status: 409, title: 'It conflicts with what is stored' },
  forbidden: FORBIDDEN,
  overloaded: { slug: 'overloaded', status: 503, title: 'Too busy', retryAfterS: 1 },
  too_slow: { slug: 'too-slow', status: 504, title: 'No answer in time' },
  unavailable: { slug: 'unavailable', status: 503, title: 'Cannot write', retryAfterS: 5 },
  unsound: { slug: 'unsound', status: 503, title: 'The database must be repaired', retryAfterS: 60 },
};

/** Errors of HTTP itself; the framework throws some of them. */
const HTTP_KINDS: Readonly<Record<number, Kind>> = {
  400: MALFORMED,
  401: {
    slug: 'unauthorized',
    status: 401,
    title: 'A token is required',
    headers: { 'WWW-Authenticate': CHALLENGES },
  },
  403: FORBIDDEN,
  404: KINDS.not_found,
  405: { slug: 'method-not-allowed', status: 405, title: 'Method not allowed' },
  408: { slug: 'cut-short', status: 408, title: 'The body did not arrive in full' },
  413: { slug: 'too-large', status: 413, title: 'The body is too large' },
  415: { slug: 'unsupported-media-type', status: 415, title: 'The media type is not supported' },
  417: { slug: 'expectation-failed', status: 417, title: 'The header Expect is not supported' },
  421: { slug: 'misdirected', status: 421, title: 'Not a host name of this server' },
  429: { slug: 'too-many-failures', status: 429, title: 'Too many failed attempts' },
  431: { slug: 'headers-too-large', status: 431, title: 'The headers are too large' },
};

/** Every kind of error. */
export const SLUGS: ReadonlySet<string> = new Set(
  [...Object.values(KINDS), ...Object.values(HTTP_KINDS), INTERNAL].map(({ slug }) => slug),
);

/** Answers with a problem document. An internal error has only its request id, which leads to its entry in the log. */
export function respondProblem(c: Context, error: unknown, headers: Record<string, string> = {}): Response {
  const kind = kindOf(error);
  const problem: Problem = {
    ...problemDocument(error),
    ...(kind === INTERNAL ? { request_id: requestIdOf(c) } : {}),
  };
  setReasonPhrase(c, problem.detail);
  const retry = kind.retryAfterS === undefined ? {} : { 'Retry-After': String(kind.retryAfterS) };
  return c.body(JSON.stringify(problem), kind.status, {
    'Content-Type': 'application/problem+json',
    ...retry,
    ...kind.headers,
    ...headers,
  });
}

export function problemDocument(error: unknown): Problem {
  const kind = kindOf(error);
  return {
    type: `urn:gitops-status-server:problem:${kind.slug}`,
    title: kind.title,
    status: kind.status,
    ...wordsOf(error),
  };
}

/** A client that disconnects before its body has arrived is not an internal error. */
function explained(error: unknown, c: Context): unknown {
  if (!isInternal(error) || !isCutShort(c)) return error;
  return new HTTPException(408, {
    message: 'The connection ended before the body had arrived.',
    cause: error,
  });
}

export function isInternal(error: unknown): boolean {
  return kindOf(error) === INTERNAL;
}

/** The end of the problem's `type`: a name for the kind of error. */
export function slugOf(error: unknown): string {
  return kindOf(error).slug;
}

function kindOf(error: unknown): Kind {
  if (error instanceof DomainError) return KINDS[error.code];
  if (error instanceof HTTPException) return HTTP_KINDS[error.status] ?? INTERNAL;
  return INTERNAL;
}

function wordsOf(error: unknown): Pick<Problem, 'detail' | 'errors'> {
  if (error instanceof DomainError) {
    return { detail: error.message, ...(error.fieldErrors.length > 0 ? { errors: error.fieldErrors } : {}) };
  }
  if (error instanceof HTTPException && HTTP_KINDS[error.status]) return { detail: error.message };
  return {
    detail: 'The server failed; the request is not the cause. The log of the server has the details.',
  };
}

/** Throws what is wrong with a request that does not match its schema. Every app with schemas has it as a hook. */
export const refuseInvalid: Hook<unknown, Env, string, unknown> = (result) => {
  if (!result.success) throw invalidRequest(result.error, result.target === 'json' ? 'body' : 'query');
};

/** Answers the errors of an app with problem documents, and logs internal ones. */
export function answerErrors<A extends OpenAPIHono>(app: A, { log }: Pick<QueryDeps, 'log'>): A {
  app.onError((error, c) => {
    const shown = explained(error, c);
    // The request metrics count this error.
    if (shown instanceof Error) c.error = shown;
    if (isInternal(shown)) log.error({ err: error, request_id: requestIdOf(c) }, 'request failed');
    return respondProblem(c, shown);
  });
  return app;
}

/** The validation errors of a request as one error that names every place. */
export function invalidRequest(error: z.ZodError, where: 'body' | 'query'): DomainError {
  return invalidFields(faultsIn(error, where).slice(0, MAX_FIELD_ERRORS));
}

export function faultsIn(error: z.ZodError, where: 'body' | 'query'): FieldError[] {
  return error.issues.flatMap((issue) => fieldErrorsOf(issue, where));
}

function fieldErrorsOf(issue: z.core.$ZodIssue, where: 'body' | 'query'): FieldError[] {
  if (issue.code === 'invalid_union') return unionErrors(issue, where);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((parameter) => ({ parameter, detail: 'is not a parameter of this endpoint' }));
  }
  const detail = detailOf(issue);
  if (where === 'query') return [{ parameter: String(issue.path[0]), detail }];
  return [{ pointer: pointerTo(issue.path), detail }];
}

/** Reports the errors of the alternative whose root has the right type. */
function unionErrors(issue: z.core.$ZodIssueInvalidUnion, where: 'body' | 'query'): FieldError[] {
  const fitting = issue.errors.find(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  if (fitting === undefined) {
    const detail = where === 'body' ? 'must be a report, or an array of reports' : issue.message;
    return where === 'body' ? [{ pointer: '', detail }] : [{ parameter: String(issue.path[0]), detail }];
  }
  return fitting.flatMap((inner) => fieldErrorsOf({ ...inner, path: [...issue.path, ...inner.path] }, where));
}

/** For a key that is not allowed in an object, the reason is in the inner issue. */
function detailOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return 'is required';
  const reason = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return reason === undefined ? issue.message : `the key ${reason}`;
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && / received undefined$/.test(issue.message);
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
