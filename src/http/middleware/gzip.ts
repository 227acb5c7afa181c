import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { headerOf } from '../node-http.ts';
import { bytesOf } from '../response-bytes.ts';

/** Smaller answers fit into one packet anyway. */
const MIN_BYTES = 1024;

const gzipped = promisify(gzip);

/**
 * Compresses an answer for clients that take gzip, in a thread of zlib's own, and as a whole: question workers hand
 * over whole answers, and only a whole one is known to be too small. Event streams are left alone.
 */
export const gzipAnswer: MiddlewareHandler = async (c, next) => {
  await next();
  const { status, headers, body } = c.res;
  if (body === null || isStream(headers) || headers.has('Content-Encoding')) return;
  addToVary(headers, 'Accept-Encoding');
  if (!takesGzip(headerOf(c, 'accept-encoding'))) return;
  const plain = await bytesOf(c.res);
  const isSmall = plain.byteLength < MIN_BYTES;
  const answered = new Headers(headers);
  if (!isSmall) describeGzipped(answered);
  // Otherwise Hono would copy the headers of the old answer into the new one.
  c.res = undefined;
  c.res = new Response(isSmall ? plain : arrayBufferOf(await gzipped(plain)), { status, headers: answered });
};

/** Whether an `Accept-Encoding` takes gzip, and does not prefer the plain answer. */
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

/** RFC 9110: a strong tag is of one encoding only, so a compressed answer has the weak one. */
function describeGzipped(headers: Headers): void {
  headers.set('Content-Encoding', 'gzip');
  headers.delete('Content-Length');
  const tag = headers.get('ETag');
  if (tag !== null && !tag.startsWith('W/')) headers.set('ETag', `W/${tag}`);
}

function isStream(headers: Headers): boolean {
  return headers.get('Content-Type')?.startsWith('text/event-stream') ?? false;
}

function addToVary(headers: Headers, name: string): void {
  const vary = headers.get('Vary');
  if (vary?.split(',').some((one) => one.trim().toLowerCase() === name.toLowerCase())) return;
  headers.append('Vary', name);
}

/** Its own memory where it fills that, so that it can be handed over without a copy. */
function arrayBufferOf(bytes: Buffer<ArrayBuffer>): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}
