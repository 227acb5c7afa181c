import type { Context } from 'hono';
import type { StatusCode } from 'hono/utils/http-status';
import { DomainError } from '../domain/errors.ts';
import type { Answer, AnswerHooks, Ask } from './ask.ts';
import { withoutBasePath } from './base-path.ts';
import type { HttpDeps } from './deps.ts';
import { hasAlready, headersOf304 } from './middleware/entity-tag.ts';
import { takesGzip } from './middleware/gzip.ts';
import { headerOf, outgoingOf, setReasonPhrase } from './node-http.ts';
import type { PublicUrlOf } from './public-url.ts';
import { ResponseCache } from './response-cache.ts';
import { UnsentAnswers } from './unsent-answers.ts';

type Deps = Pick<HttpDeps, 'store' | 'clock' | 'health' | 'courier'> & {
  readonly ask: Ask;
  readonly publicUrlOf: PublicUrlOf;
  readonly settings: Pick<HttpDeps['settings'], 'questionTimeoutMs' | 'basePath'>;
};

/** The parts of a request that an answer may depend on. */
interface Asked {
  /** Path and query, without the base path. */
  readonly path: string;
  readonly takesGzip: boolean;
}

/** Answers queries: from the cache while the cached answer is valid, otherwise by running them. */
export interface Answering {
  /** Sends the answer to the client. `path` is that of an internal question, or else the requested one. */
  respond(c: Context, path?: string): Promise<Response>;
  /** Sends an answer that was made for this request. */
  send(c: Context, answer: Answer): Response;
  /** The bytes of the answer to an internal question. */
  bytes(c: Context, path: string): Promise<ArrayBuffer>;
}

/**
 * Throws `overloaded` if too many questions wait, and `too_slow` if there is no answer within `questionTimeoutMs`. If
 * the client disconnects, the work on its answer stops.
 */
export function createAnswering({
  store,
  clock,
  health,
  courier,
  ask,
  publicUrlOf,
  settings,
}: Deps): Answering {
  const cache = new ResponseCache();
  const unsentAnswers = new UnsentAnswers();

  async function answer(c: Context, { path, takesGzip }: Asked): Promise<Answer> {
    const notice = health.problem() ?? courier?.problem();
    refuseReplaced(health);
    const publicUrl = publicUrlOf(c);
    // A refused form is answered with the page of the form.
    const method = c.req.method === 'POST' ? 'GET' : c.req.method;
    const name = [method, publicUrl, path, c.req.header('Accept'), takesGzip, notice].join('\n');
    // Read before the question: reports recorded meanwhile may or may not be in the answer.
    const version = await store.latestVersion();
    const cached = cache.get(name, { version, at: clock() });
    if (cached !== undefined) return cached;
    const { header } = c.req;
    // Without the tag that the client has: a 304 could not be cached, and `respond` compares the tags.
    const {
      'if-none-match': _,
      'accept-encoding': _encodings,
      'content-type': _type,
      'content-length': _length,
      ...rest
    } = header.call(c.req);
    const headers = Object.entries(takesGzip ? { ...rest, 'accept-encoding': 'gzip' } : rest);
    const url = new URL(path, c.req.url).href;
    const answered = await askInTime(
      ask,
      { method, url, headers, publicUrl, notice, dataVersion: version },
      { signal: c.req.raw.signal, timeoutMs: settings.questionTimeoutMs },
    );
    // A worker may have opened a file that replaced the database.
    refuseReplaced(health);
    // The answer is valid from now on, not from when it was made: a state may have changed in between.
    if (answered.freshUntil !== undefined && answered.status === 200) {
      cache.set(name, answered, { version, from: clock(), to: answered.freshUntil });
    }
    return answered;
  }

  function send(c: Context, { status, reason, body, headers: given }: Answer): Response {
    if (reason !== undefined) setReasonPhrase(c, reason);
    const headers = new Headers(given.map(([name, value]): [string, string] => [name, value]));
    const isNotModified = status === 200 && hasAlready(c, headers);
    for (const [name, value] of isNotModified ? headersOf304(headers) : headers) c.header(name, value);
    if (isNotModified) return c.body(null, 304);
    // An ArrayBuffer is sent as it is; a Buffer would be copied into a stream first.
    c.status(toStatusCode(status));
    if (body === undefined) return c.body(null);
    const outgoing = outgoingOf(c);
    if (outgoing !== undefined) unsentAnswers.add(outgoing, body);
    return c.body(body);
  }

  return {
    send,
    async respond(c, internalPath) {
      const { pathname, search } = new URL(c.req.url);
      const path = internalPath ?? `${withoutBasePath(pathname, settings.basePath)}${search}`;
      return send(c, await answer(c, { path, takesGzip: takesGzip(headerOf(c, 'accept-encoding')) }));
    },
    async bytes(c, path) {
      const { status, body } = await answer(c, { path, takesGzip: false });
      if (status !== 200 || body === undefined) throw new Error(`${path} was answered with ${status}.`);
      return body;
    },
  };
}

/** Workers open the file by its name: they would answer from a file in which nothing is recorded. */
export function refuseReplaced(health: Deps['health']): void {
  const problem = health.replaced();
  if (problem !== undefined) throw new DomainError('unsound', problem);
}

/** Hono types each status by its number; this one comes from a Hono app. */
function toStatusCode(status: number): StatusCode {
  return status as StatusCode;
}

export async function askInTime(
  ask: Ask,
  question: Parameters<Ask>[0],
  { signal, timeoutMs }: { signal?: AbortSignal; timeoutMs: number },
): Promise<Answer> {
  const tooLate = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(question, signal === undefined ? tooLate : AbortSignal.any([tooLate, signal]));
  } catch (error) {
    if (!tooLate.aborted) throw error;
    throw new DomainError(
      'too_slow',
      `There was no answer within ${timeoutMs / 1000} s. Ask for a shorter range, or for fewer targets with ` +
        'repo=, server= or limit=.',
      { cause: error },
    );
  }
}

/** Says how long the answer stays the same if nothing is recorded, so that it can be cached. */
export function setFreshUntil(c: Context, at: number): void {
  const hooks: AnswerHooks = c.env ?? {};
  hooks.onFreshUntil?.(at);
}
