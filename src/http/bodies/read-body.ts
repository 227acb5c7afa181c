import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { headerOf, receivedBytes } from '../node-http.ts';
import { type BodyBudget, type BodyShare, SMALL_BODY_BYTES } from './body-budget.ts';
import { inflate, isGzipped } from './inflate.ts';

/** The limits of a body that is being read. */
export interface BodyLimit {
  readonly maxBytes: number;
  readonly tooLarge: () => HTTPException;
}

/** The bytes of a body, with their place in the budget until they are released. */
export interface Body {
  readonly bytes: Buffer;
  release(): void;
}

/**
 * Reads the body of a request, plain or compressed with gzip. Throws 413 beyond the limit, and 408 if the body was
 * given up to make room. The limit holds for inflated bytes as they come out, so that it stops a bomb.
 */
export async function readBody(c: Context, limit: BodyLimit, budget: BodyBudget): Promise<Body> {
  const isCompressed = isGzipped(c);
  const declared = headerOf(c, 'content-length');
  const size = declared === undefined ? undefined : Number(declared);
  if (size !== undefined && size > limit.maxBytes) throw limit.tooLarge();
  // Node enforces a declared length, so it needs no counting.
  if (!isCompressed && size !== undefined && size <= SMALL_BODY_BYTES) {
    return { bytes: await receivedBytes(c, size), release: nothing };
  }
  return readCounted(c, { isCompressed, limit, budget });
}

function nothing(): void {}

async function readCounted(
  c: Context,
  { isCompressed, limit, budget }: { isCompressed: boolean; limit: BodyLimit; budget: BodyBudget },
): Promise<Body> {
  const reader = c.req.raw.body?.getReader();
  const share = budget.open(() => void reader?.cancel().catch(nothing));
  const kept: Uint8Array[] = [];
  let size = 0;
  const keep = (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > limit.maxBytes) throw isCompressed ? tooLargeInflated(limit.maxBytes) : limit.tooLarge();
    share.add(chunk.length);
    kept.push(chunk);
  };
  try {
    if (isCompressed) await inflate(counted(chunksOf(reader), share), keep);
    else for await (const chunk of chunksOf(reader)) keep(chunk);
    // Reading a body that was given up ends as if the body were complete, or in the middle of its gzip.
    if (share.isGivenUp) throw new Error('The body was given up.');
    share.arrived();
    return { bytes: Buffer.concat(kept), release: () => share.release() };
  } catch (error) {
    share.release();
    throw share.isGivenUp ? givenUp(c) : error;
  }
}

async function* chunksOf(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    yield next.value;
  }
}

/** Compressed bytes hold memory too, until they are inflated. */
async function* counted(chunks: AsyncIterable<Uint8Array>, share: BodyShare): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    share.add(chunk.length);
    yield chunk;
  }
}

function tooLargeInflated(maxBytes: number): HTTPException {
  return new HTTPException(413, {
    message: `The body has more than ${maxBytes} bytes after decompression. Send less at once.`,
  });
}

function givenUp(c: Context): HTTPException {
  c.header('Retry-After', '1');
  c.header('Connection', 'close');
  return new HTTPException(408, {
    message:
      'Too many large bodies are arriving at once, and this one was the slowest. Send it again, in parts ' +
      `or compressed with gzip; a body of up to ${SMALL_BODY_BYTES / 1024} KiB always has room.`,
  });
}
