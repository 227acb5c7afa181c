import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { HttpDeps } from '../deps.ts';
import { bytesOf } from '../response-bytes.ts';
import { isNamed, type Lasting, lasts, notModified, tellSameUntil } from './lasting.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Set by a route whose answer stays the same until then, as long as nothing is recorded. Epoch milliseconds. */
    sameUntil: number;
  }
}

interface KeptAnswer extends Lasting {
  readonly body: ArrayBuffer;
  readonly headers: Headers;
}

const MAX_ANSWERS = 4;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Gives an answer again while it would come out the same: nothing was recorded since, and the clock has not passed
 * the instant at which it changes by itself. Its ETag is made once, so asking whether it is still the same costs
 * next to nothing. The last few questions are remembered, of moderate size.
 */
export function keptAnswers({ store, clock }: Pick<HttpDeps, 'store' | 'clock'>): MiddlewareHandler {
  const answers = new Map<string, KeptAnswer>();

  return async (c, next) => {
    const asked = { revision: await store.revision(), at: clock() };
    const known = answers.get(c.req.url);
    if (known !== undefined && lasts(known, asked)) {
      const { headers } = known;
      tellSameUntil(c, known.sameUntil);
      // Said before the body is made ready to be sent: it may be large.
      if (isNamed(c, headers.get('ETag'))) return notModified(headers.get('ETag'));
      return new Response(c.req.method === 'HEAD' ? null : known.body, { headers });
    }
    await next();
    const sameUntil = c.get('sameUntil');
    if (c.res.status !== 200 || sameUntil === undefined) return undefined;
    tellSameUntil(c, sameUntil);
    const body = await bytesOf(c.res);
    const headers = new Headers(c.res.headers);
    headers.set(
      'ETag',
      `"${createHash('sha256').update(Buffer.from(body)).digest('base64url').slice(0, 27)}"`,
    );
    c.res = new Response(body, { headers });
    answers.delete(c.req.url);
    if (body.byteLength <= MAX_BYTES) answers.set(c.req.url, { asked, sameUntil, body, headers });
    const [oldest] = answers.keys();
    if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
    return undefined;
  };
}
