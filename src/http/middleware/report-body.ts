import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { HttpSettings } from '../deps.ts';
import { headerOf } from '../node-http.ts';
import { inflateBody } from './inflate.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Reads bodies that are declared as JSON, plain or compressed, within the limit for one report or for an array of
 * them.
 */
export function reportBodyReader({
  maxReportBytes,
  maxBatchBytes,
}: Pick<HttpSettings, 'maxReportBytes' | 'maxBatchBytes'>): (c: Context) => Promise<string> {
  const maxBytes = Math.max(maxReportBytes, maxBatchBytes);
  const refuseLarge = () => {
    throw tooLarge('An array of reports', maxBatchBytes);
  };
  const inflate = inflateBody(maxBytes);
  const limitUndeclared = bodyLimit({ maxSize: maxBytes, onError: refuseLarge });

  return async (c) => {
    if (headerOf(c, 'content-encoding') !== undefined) await inflate(c, nothingMore);
    requireJson(c);
    const declared = headerOf(c, 'content-length');
    // Node enforces a declared length, so counting, which costs more, is only needed without one.
    if (declared === undefined) await limitUndeclared(c, nothingMore);
    else if (Number(declared) > maxBytes) refuseLarge();
    const text = await c.req.text();
    const isArray = /^\s*\[/.test(text);
    const allowed = isArray ? maxBatchBytes : maxReportBytes;
    if (Buffer.byteLength(text) > allowed)
      throw tooLarge(isArray ? 'An array of reports' : 'One report', allowed);
    return text;
  };
}

async function nothingMore(): Promise<void> {}

function requireJson(c: Context): void {
  const type = headerOf(c, 'content-type');
  if (type !== undefined && JSON_TYPE.test(type)) return;
  const sent = type === undefined ? 'There is no Content-Type header' : `Content-Type is ${type}`;
  throw new HTTPException(415, { message: `${sent}: send "Content-Type: application/json".` });
}

function tooLarge(what: string, bytes: number): HTTPException {
  return new HTTPException(413, { message: `${what} may have at most ${bytes} bytes. Send less at once.` });
}
