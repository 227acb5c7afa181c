import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { bytesOf } from '../response-bytes.ts';

/** What a 304 says beside its status: as much as the answer that it stands for would have said of itself. */
const HEADERS_OF_304 = ['ETag', 'Event-Seq', 'Vary'];

/** Gives an answer an ETag, and answers 304 where the client has it already. */
export const entityTag: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.res.status !== 200) return;
  const headers = new Headers(c.res.headers);
  const body = await bytesOf(c.res);
  const digest = createHash('sha256').update(Buffer.from(body)).digest('base64url');
  headers.set('ETag', `"${digest.slice(0, 27)}"`);
  // So that nothing of the answer before is copied into it.
  c.res = undefined;
  c.res = hasAlready(c, headers)
    ? new Response(null, { status: 304, headers: headersOf304(headers) })
    : new Response(body, { headers });
};

/** Whether the client has what these headers are of. RFC 9110: a list of tags, each maybe called weak, or any. */
export function hasAlready(c: Context, headers: Headers): boolean {
  const tag = headers.get('ETag');
  if (tag === null) return false;
  const tags = c.req.header('If-None-Match')?.split(',') ?? [];
  return tags.map((one) => one.trim().replace(/^W\//, '')).some((one) => one === '*' || one === tag);
}

/** What a 304 says of an answer with these headers. */
export function headersOf304(headers: Headers): [name: string, value: string][] {
  return HEADERS_OF_304.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}
