import { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'hono';

// Access to Node's own request and response. In tests and in question workers there are none.

/** A header of the request. A `Headers` object made for one question costs as much as parsing a report. */
export function headerOf(c: Context, name: Lowercase<string>): string | undefined {
  const incoming = incomingOf(c);
  if (incoming === undefined) return c.req.header(name);
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Each value of a header of the request, as it was sent. */
export function headerValues(c: Context, name: Lowercase<string>): readonly string[] {
  const incoming = incomingOf(c);
  if (incoming !== undefined) return incoming.headersDistinct[name] ?? [];
  const value = c.req.header(name);
  return value === undefined ? [] : [value];
}

/**
 * The bytes of a body of a declared length, from Node itself: it stops at the length, and fails if fewer bytes arrive.
 * Hono would copy each piece into memory of its own.
 */
export function receivedBytes(c: Context, length: number): Promise<Buffer> {
  const incoming = incomingOf(c);
  if (incoming === undefined || incoming.readableDidRead || incoming.destroyed || length === 0)
    return c.req.arrayBuffer().then(Buffer.from);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let missing = length;
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      missing -= chunk.length;
      if (missing <= 0) resolve(chunks.length === 1 ? chunk : Buffer.concat(chunks));
    });
    // This also happens if the connection is closed before.
    incoming.on('error', reject);
  });
}

/** Sets a header of the answer to come. Through Hono it costs ten times as much. */
export function setHeader(c: Context, name: string, value: string): void {
  const outgoing = outgoingOf(c);
  if (outgoing === undefined) c.header(name, value);
  else outgoing.setHeader(name, value);
}

const MAX_REASON_LENGTH = 300;

/**
 * The words beside the status code of HTTP/1.1: Grafana's Infinity datasource shows its user nothing else of an error.
 * ASCII only: Node refuses anything else, or the client misreads it. A question worker has no connection to the client:
 * there `onReason` takes the words to the thread that has one.
 */
export function setReasonPhrase(c: Context, reason: string): void {
  const outgoing: unknown = c.env?.outgoing;
  if (outgoing === undefined && c.env?.onReason !== undefined) c.env.onReason(reason);
  if (!(outgoing instanceof ServerResponse)) return;
  outgoing.statusMessage = reason.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_REASON_LENGTH);
}

/** Node's own response, for what lasts until it is sent. */
export function outgoingOf(c: Context): ServerResponse | undefined {
  const outgoing: unknown = c.env?.outgoing;
  return outgoing instanceof ServerResponse ? outgoing : undefined;
}

/** Whether the client disconnected before its request was complete. */
export function isCutShort(c: Context): boolean {
  const incoming = incomingOf(c);
  return incoming?.destroyed === true && !incoming.complete;
}

/** The address at the other end of the connection; empty if there is none, as in tests. */
export function peerOf(c: Context): string {
  return incomingOf(c)?.socket.remoteAddress ?? '';
}

function incomingOf(c: Context): IncomingMessage | undefined {
  const incoming: unknown = c.env?.incoming;
  return incoming instanceof IncomingMessage ? incoming : undefined;
}
