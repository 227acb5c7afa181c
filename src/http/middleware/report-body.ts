import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { BodyBudget } from '../bodies/body-budget.ts';
import { type Body, readBody } from '../bodies/read-body.ts';
import type { HttpSettings } from '../deps.ts';
import { headerOf } from '../node-http.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Reads bodies that are declared as JSON, up to the larger of the limits for one report and for an array. */
export function reportBodyReader(
  { maxReportBytes, maxBatchBytes }: Pick<HttpSettings, 'maxReportBytes' | 'maxBatchBytes'>,
  budget: BodyBudget,
): (c: Context) => Promise<Body> {
  const limit = {
    maxBytes: Math.max(maxReportBytes, maxBatchBytes),
    tooLarge: () => tooManyBytes('An array of reports', maxBatchBytes),
  };
  return (c) => {
    requireJson(c);
    return readBody(c, limit, budget);
  };
}

/** Throws 413 if the body is larger than one report, or an array of them, may be. */
export function requireSize(
  bytes: number,
  isArray: boolean,
  { maxReportBytes, maxBatchBytes }: Pick<HttpSettings, 'maxReportBytes' | 'maxBatchBytes'>,
): void {
  const allowed = isArray ? maxBatchBytes : maxReportBytes;
  if (bytes > allowed) throw tooManyBytes(isArray ? 'An array of reports' : 'One report', allowed);
}

export function requireJson(c: Context): void {
  const type = headerOf(c, 'content-type');
  if (type !== undefined && JSON_TYPE.test(type)) return;
  const sent = type === undefined ? 'There is no Content-Type header' : `Content-Type is ${type}`;
  throw new HTTPException(415, { message: `${sent}: send "Content-Type: application/json".` });
}

function tooManyBytes(what: string, bytes: number): HTTPException {
  return new HTTPException(413, { message: `${what} may have at most ${bytes} bytes. Send less at once.` });
}
