import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { bytesOf } from '../response-bytes.ts';

/** The headers that a 304 repeats from the full answer. */
const HEADERS_OF_304 = ['ETag', 'Event-Seq', 'Vary'];

/** Adds an ETag to a 200 answer, and answers 304 if the client has that version already. */
export const entityTag: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.res.status !== 200) return;
  const headers = new Headers(c.res.headers);
  const body = await bytesOf(c.res);
  const digest = createHash('sha256').update(Buffer.from(body)).digest('base64url');
  headers.set('ETag', `"${digest.slice(0, 27)}"`);
  // Otherwise Hono would copy the headers of the old answer into the new one.
  c.res = undefined;
  c.res = hasAlready(c, headers)
    ? new Response(null, { status: 304, headers: headersOf304(headers) })
    : new Response(body, { headers });
};

/**
 * Whether the client has the answer with these headers. RFC 9110: `If-None-Match` is a list of tags, weak or not, or
 * `*`.
 */
export function hasAlready(c: Context, headers: Headers): boolean {
  const own = headers.get('ETag');
  if (own === null) return false;
  const tags = c.req.header('If-None-Match')?.split(',') ?? [];
  return tags.map((one) => one.trim()).some((one) => one === '*' || opaque(one) === opaque(own));
}

/** A tag without its weakness mark: a compressed answer has the weak tag of the plain one. */
function opaque(tag: string): string {
  return tag.replace(/^W\//, '');
}

/** The headers of a 304 in place of an answer with these headers. */
export function headersOf304(headers: Headers): [name: string, value: string][] {
  return HEADERS_OF_304.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}
