import type { Context } from 'hono';
import type { StatusCode } from 'hono/utils/http-status';
import { DomainError } from '../domain/errors.ts';
import type { Answer, Ask, Told } from './ask.ts';
import type { HttpDeps } from './deps.ts';
import { hasAlready, headersOf304 } from './middleware/entity-tag.ts';
import { setReasonPhrase } from './node-http.ts';
import { ResponseCache } from './response-cache.ts';

/** Headers of a request that an answer may depend on, beside its URL. */
const VARYING = ['Accept', 'Accept-Encoding'];

type Deps = Pick<HttpDeps, 'store' | 'clock'> & {
  readonly ask: Ask;
  readonly settings: Pick<HttpDeps['settings'], 'questionTimeoutMs'>;
};

/** Answers requests that only ask: from the cache where the answer is still the same, else by asking. */
export interface Answering {
  /** Passes the answer on to the client. */
  respond(c: Context): Promise<Response>;
  /** The bytes of an answer to a question of our own. */
  bytes(c: Context, path: string): Promise<ArrayBuffer>;
}

/**
 * Throws `overloaded` where too many questions wait, and `too_slow` where there is no answer within the time that the
 * settings give it. For a client that has gone nothing more is done.
 */
export function createAnswering({ store, clock, ask, settings }: Deps): Answering {
  const cache = new ResponseCache();

  async function answer(c: Context, url: string): Promise<Answer> {
    const name = [c.req.method, url, ...VARYING.map((header) => c.req.header(header))].join('\n');
    // Before the question: what is recorded meanwhile may be in the answer or not.
    const version = store.version();
    const cached = cache.get(name, { version, at: clock() });
    if (cached !== undefined) return cached;
    const { method, header } = c.req;
    const headers = Object.entries(header.call(c.req));
    const answered = await askInTime(
      ask,
      { method, url, headers },
      { c, timeoutMs: settings.questionTimeoutMs },
    );
    // From now on, not from when it was made: the clock may have passed an instant at which it was another one.
    if (answered.freshUntil !== undefined && answered.status === 200) {
      cache.set(name, answered, { version, from: clock(), to: answered.freshUntil });
    }
    return answered;
  }

  return {
    async respond(c) {
      const answered = await answer(c, c.req.url);
      const { status, reason, body } = answered;
      if (reason !== undefined) setReasonPhrase(c, reason);
      const headers = new Headers(answered.headers.map(([name, value]): [string, string] => [name, value]));
      const isNotModified = status === 200 && hasAlready(c, headers);
      for (const [name, value] of isNotModified ? headersOf304(headers) : headers) c.header(name, value);
      if (isNotModified) return c.body(null, 304);
      // Bytes are sent as they are; a buffer would be copied into a stream first.
      c.status(toStatusCode(status));
      return body === undefined ? c.body(null) : c.body(body);
    },
    async bytes(c, path) {
      const { status, body } = await answer(c, new URL(path, c.req.url).href);
      if (status !== 200 || body === undefined) throw new Error(`${path} was answered with ${status}.`);
      return body;
    },
  };
}

/** Hono knows each status by its number; an app of ours has answered with it. */
function toStatusCode(status: number): StatusCode {
  return status as StatusCode;
}

async function askInTime(
  ask: Ask,
  question: Parameters<Ask>[0],
  { c, timeoutMs }: { c: Context; timeoutMs: number },
): Promise<Answer> {
  const tooLate = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(question, AbortSignal.any([tooLate, c.req.raw.signal]));
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

/** Tells until when an answer stays the same, as long as nothing is recorded, to whoever passes it on. */
export function setFreshUntil(c: Context, at: number): void {
  const told: Told = c.env ?? {};
  told.onFreshUntil?.(at);
}
