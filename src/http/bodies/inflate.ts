import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { headerOf } from '../node-http.ts';

/**
 * Replaces a body with `Content-Encoding: gzip` by the inflated one, as if it had never been compressed. `maxBytes`
 * limits the inflated bytes while they come out, so that a bomb is stopped there.
 */
export function inflateBody(maxBytes: number): MiddlewareHandler {
  return async (c, next) => {
    const encoding = headerOf(c, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
    if (encoding === 'identity') return next();
    if (encoding !== 'gzip' && encoding !== 'x-gzip') {
      // RFC 7694: names the accepted encoding.
      c.header('Accept-Encoding', 'gzip');
      throw new HTTPException(415, {
        message: `Content-Encoding is ${encoding}: send the body as it is, or compressed with gzip.`,
      });
    }
    const { raw } = c.req;
    const headers = new Headers(raw.headers);
    for (const name of ['Content-Encoding', 'Content-Length', 'Transfer-Encoding']) headers.delete(name);
    const body = raw.body === null ? Buffer.alloc(0) : await inflate(Readable.fromWeb(raw.body), maxBytes);
    headers.set('Content-Length', String(body.length));
    c.req.raw = new Request(raw.url, { method: raw.method, headers, body });
    return next();
  };
}

async function inflate(compressed: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    await pipeline(compressed, createGunzip(), async (inflated: AsyncIterable<Buffer>) => {
      for await (const chunk of inflated) {
        size += chunk.length;
        // Ends the whole pipeline: nothing more is read or inflated.
        if (size > maxBytes) break;
        chunks.push(chunk);
      }
    });
  } catch (error) {
    // Beyond the limit the error is only that the pipeline was ended.
    if (size <= maxBytes) throw isMalformed(error) ? notGzip(error) : error;
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

function notGzip(error: Error): HTTPException {
  return new HTTPException(415, {
    message: `Content-Encoding says gzip, but the body is not: ${error.message}.`,
  });
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, {
    message: `The body has more than the allowed ${maxBytes} bytes once it is inflated. Send less at once.`,
  });
}

/** zlib reports Z_DATA_ERROR, or Z_BUF_ERROR where the data ends too soon. */
function isMalformed(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_(DATA|BUF)_ERROR$/.test(String(error.code));
}
