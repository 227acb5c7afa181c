import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { headerOf } from '../node-http.ts';

/** Whether a body is compressed. Throws 415 if it uses anything but gzip. */
export function isGzipped(c: Context): boolean {
  const encoding = headerOf(c, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  // RFC 7694: names the accepted encoding.
  c.header('Accept-Encoding', 'gzip');
  throw new HTTPException(415, {
    message: `Content-Encoding is ${encoding}: send the body as it is, or compressed with gzip.`,
  });
}

/** Inflates a body. `keep` gets each piece of output, and ends everything if it throws. */
export async function inflate(
  compressed: AsyncIterable<Uint8Array>,
  keep: (inflated: Buffer) => void,
): Promise<void> {
  try {
    await pipeline(compressed, createGunzip(), async (inflated: AsyncIterable<Buffer>) => {
      for await (const chunk of inflated) keep(chunk);
    });
  } catch (error) {
    throw isMalformed(error) ? notGzip(error) : error;
  }
}

function notGzip(error: Error): HTTPException {
  return new HTTPException(415, {
    message: `Content-Encoding says gzip, but the body is not: ${error.message}.`,
  });
}

/** zlib reports Z_DATA_ERROR, or Z_BUF_ERROR if the data ends too soon. */
function isMalformed(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_(DATA|BUF)_ERROR$/.test(String(error.code));
}
