import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { headerOf } from '../node-http.ts';
import { bytesOf } from '../response-bytes.ts';

/** Smaller answers fit into one packet anyway. */
const MIN_BYTES = 1024;

const gzipped = promisify(gzip);

/**
 * Compresses a whole answer for clients that accept gzip, in a thread of zlib. Question workers hand over whole
 * answers, and only a whole one is known to be too small. Event streams are left alone.
 */
export const gzipAnswer: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.res.body === null || isStream(c.res.headers) || c.res.headers.has('Content-Encoding')) return;
  const vary = varyingBy(c.res.headers.get('Vary'), 'Accept-Encoding');
  // The headers of the answer cannot be used: node-server's own kind of Response does not send later additions.
  c.header('Vary', vary);
  if (!takesGzip(headerOf(c, 'accept-encoding'))) return;
  const { status } = c.res;
  const answered = new Headers(c.res.headers);
  const plain = await bytesOf(c.res);
  const isSmall = plain.byteLength < MIN_BYTES;
  if (!isSmall) describeGzipped(answered);
  // Otherwise Hono would copy the headers of the old answer into the new one.
  c.res = undefined;
  c.res = new Response(isSmall ? plain : arrayBufferOf(await gzipped(plain)), { status, headers: answered });
};

/** Whether an `Accept-Encoding` accepts gzip and does not prefer the plain answer. */
export function takesGzip(header: string | undefined): boolean {
  const weights = new Map(
    header?.split(',').map((coding): [string, number] => {
      const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
      return [name, weight === undefined ? 1 : Number(weight)];
    }),
  );
  const weight = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return weight > 0 && weight >= (weights.get('identity') ?? 0);
}

/** RFC 9110: a strong tag belongs to one encoding, so a compressed answer has a weak one. */
function describeGzipped(headers: Headers): void {
  headers.set('Content-Encoding', 'gzip');
  headers.delete('Content-Length');
  const tag = headers.get('ETag');
  if (tag !== null && !tag.startsWith('W/')) headers.set('ETag', `W/${tag}`);
}

function isStream(headers: Headers): boolean {
  return headers.get('Content-Type')?.startsWith('text/event-stream') ?? false;
}

function varyingBy(vary: string | null, name: string): string {
  const names = vary?.split(',').map((one) => one.trim()) ?? [];
  return names.some((one) => one.toLowerCase() === name.toLowerCase())
    ? names.join(', ')
    : [...names, name].join(', ');
}

/** If the bytes fill their own memory, it can be handed over without a copy. */
function arrayBufferOf(bytes: Buffer<ArrayBuffer>): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}
