import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { HTTPException } from 'hono/http-exception';
import type { HttpSettings } from '../deps.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Lets through only bodies that say they are JSON, within the limit for one report or for an array of them. */
export function reportBodyGuard({ maxReportBytes, maxBatchBytes }: HttpSettings): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: Math.max(maxReportBytes, maxBatchBytes),
    onError: () => {
      throw tooLarge('An array of reports', maxBatchBytes);
    },
  });
  return every(requireJson, limit, async (c, next) => {
    const text = await c.req.text();
    const isArray = /^\s*\[/.test(text);
    const allowed = isArray ? maxBatchBytes : maxReportBytes;
    if (Buffer.byteLength(text) > allowed)
      throw tooLarge(isArray ? 'An array of reports' : 'One report', allowed);
    await next();
  });
}

const requireJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('Content-Type');
  if (type === undefined || !JSON_TYPE.test(type)) {
    const sent = type === undefined ? 'There is no Content-Type header' : `Content-Type is ${type}`;
    throw new HTTPException(415, { message: `${sent}: send "Content-Type: application/json".` });
  }
  await next();
};

function tooLarge(what: string, bytes: number): HTTPException {
  return new HTTPException(413, { message: `${what} may have at most ${bytes} bytes. Send less at once.` });
}
