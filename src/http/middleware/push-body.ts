import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { HTTPException } from 'hono/http-exception';
import type { HttpSettings } from '../deps.ts';

/**
 * The content types that Pushgateway clients send for the text format; `curl --data-binary` sends the one of a form.
 */
const TEXT_TYPE = /^(?:text\/plain|application\/x-www-form-urlencoded)\s*(?:;|$)/i;

/** Only accepts bodies that can be the text format, within the limit for one report. */
export function pushBodyGuard({ maxReportBytes }: Pick<HttpSettings, 'maxReportBytes'>): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: maxReportBytes,
    onError: () => {
      const message = `A push may have at most ${maxReportBytes} bytes. Send less at once.`;
      throw new HTTPException(413, { message });
    },
  });
  return every(refuseBrowsers, requireText, limit);
}

/**
 * Unlike JSON, text can be posted by any web page without a preflight request: a page must not be able to push SYNCED
 * to a server on its reader's loopback. Browsers send these headers, pipelines do not.
 */
const refuseBrowsers: MiddlewareHandler = async (c, next) => {
  if (c.req.header('Origin') !== undefined || c.req.header('Sec-Fetch-Site') !== undefined) {
    throw new HTTPException(403, {
      message: 'Pushes are taken from pipelines, not from pages in a browser.',
    });
  }
  await next();
};

const requireText: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('Content-Type');
  if (type !== undefined && !TEXT_TYPE.test(type)) {
    const hint =
      'send the text format, "Content-Type: text/plain; version=0.0.4" (in Go: Format(expfmt.FmtText))';
    throw new HTTPException(415, { message: `Content-Type is ${type}: ${hint}.` });
  }
  await next();
};
