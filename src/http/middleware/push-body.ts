import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { BodyBudget } from '../bodies/body-budget.ts';
import { type Body, readBody } from '../bodies/read-body.ts';
import type { HttpSettings } from '../deps.ts';

/**
 * The content types that Pushgateway clients send for the text format; `curl --data-binary` sends the one of a form.
 */
const TEXT_TYPE = /^(?:text\/plain|application\/x-www-form-urlencoded)\s*(?:;|$)/i;

/** Reads bodies that can be the text format, within the limit for one report. */
export function pushBodyReader(
  { maxReportBytes }: Pick<HttpSettings, 'maxReportBytes'>,
  budget: BodyBudget,
): (c: Context) => Promise<Body> {
  const message = `A push may have at most ${maxReportBytes} bytes. Send less at once.`;
  const limit = { maxBytes: maxReportBytes, tooLarge: () => new HTTPException(413, { message }) };
  return async (c) => {
    requireText(c);
    return readBody(c, limit, budget);
  };
}

function requireText(c: Context): void {
  const type = c.req.header('Content-Type');
  if (type !== undefined && !TEXT_TYPE.test(type)) {
    const hint =
      'send the text format, "Content-Type: text/plain; version=0.0.4" (in Go: Format(expfmt.FmtText))';
    throw new HTTPException(415, { message: `Content-Type is ${type}: ${hint}.` });
  }
}
