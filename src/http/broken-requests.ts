import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HTTPException } from 'hono/http-exception';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Log } from './deps.ts';
import { problemDocument } from './problem.ts';

/** How long a client may still send after its answer, so that it can read the answer before the connection ends. */
const LINGER_MS = 500;

interface BrokenRequestDeps {
  readonly log: Log;
  readonly metrics: Pick<ServerMetrics, 'countBroken'>;
}

/** An error of Node's HTTP parser or of the connection. */
interface ClientError extends Error {
  readonly code?: string;
  /** What the parser says. */
  readonly reason?: string;
  readonly rawPacket?: Buffer;
}

/**
 * Answers requests that never reach the app with a problem document, and logs and counts them: what Node's parser
 * refuses, what arrives too late, and what the app cannot be given.
 */
export function answerBrokenRequests(server: Server, { log, metrics }: BrokenRequestDeps) {
  const responses = new WeakMap<Socket, ServerResponse>();
  const broken = new WeakSet<Socket>();

  function note(error: HTTPException, socket: Socket | undefined): void {
    metrics.countBroken(error.status);
    const fields = { address: socket?.remoteAddress, status: error.status, reason: error.message };
    // Browsers open connections that they may never use.
    if (socket?.bytesRead === 0) log.debug(fields, 'request broken');
    else log.info(fields, 'request broken');
  }

  function answer(error: ClientError, socket: Socket): void {
    const refusal = refusalOf(error);
    note(refusal, socket);
    socket.end(rawAnswer(refusal));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  server.on('request', (_, response) => responses.set(response.req.socket, response));
  server.on('clientError', (error: ClientError, socket: Socket) => {
    // Anything that a client sends after its answer is another error.
    if (broken.has(socket)) return;
    broken.add(socket);
    const response = responses.get(socket);
    const isBusy = response !== undefined && !response.writableFinished;
    const isHalfSent = isBusy && response.headersSent;
    if (!socket.writable || isHalfSent || error.code === 'ECONNRESET') socket.destroy(error);
    // The request before it has its answer first.
    else if (isBusy && response.req.complete) response.once('finish', () => answer(error, socket));
    else answer(error, socket);
  });
  server.on('checkExpectation', (request, response: ServerResponse) => {
    const message = `This server does not support the header Expect (${request.headers.expect}): leave it out.`;
    refuse(response, new HTTPException(417, { message }));
  });

  function refuse(response: ServerResponse, error: HTTPException): void {
    note(error, response.req.socket);
    response.writeHead(error.status, HEADERS).end(documentOf(error));
  }

  return {
    /** For what HTTP/1.1 requires and HTTP/1.0 does not. */
    refuseHostless: (response: ServerResponse) => refuse(response, unusable('HTTP/1.1 needs a Host header')),
    /** The answer to a request that the app cannot be given. */
    respond(error: unknown): Response {
      const refusal = unusable(error instanceof Error ? error.message : String(error));
      note(refusal, undefined);
      return new Response(documentOf(refusal), { status: refusal.status, headers: HEADERS });
    },
  };
}

function unusable(reason: string): HTTPException {
  return new HTTPException(400, { message: `The request has no usable URL or Host: ${reason}.` });
}

const HEADERS = {
  'Content-Type': 'application/problem+json',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
};

/** The first byte of a TLS handshake. */
const TLS_HANDSHAKE = 0x16;

function refusalOf({ code, reason, message, rawPacket }: ClientError): HTTPException {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HTTPException(408, {
        message: 'The request did not arrive in time (GITOPS_STATUS_REQUEST_TIMEOUT). Send it again.',
      });
    case 'HPE_HEADER_OVERFLOW':
      return new HTTPException(431, {
        message:
          'The URL and the headers together are too large (GITOPS_STATUS_MAX_HEADER_SIZE). Name fewer things in the ' +
          'query, or send fewer headers.',
      });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HTTPException(413, {
        message: 'The chunks of the body have too many extensions: leave them out.',
      });
    default:
      if (rawPacket?.[0] === TLS_HANDSHAKE) return new HTTPException(400, { message: NO_TLS });
      return new HTTPException(400, { message: `The request is not HTTP/1.1: ${reason ?? message}.` });
  }
}

const NO_TLS =
  'This looks like TLS, but this port speaks plain HTTP: use http://, or a proxy that terminates TLS.';

function documentOf(error: HTTPException): string {
  return JSON.stringify(problemDocument(error));
}

function rawAnswer(error: HTTPException): string {
  const body = documentOf(error);
  const headers = { ...HEADERS, 'Content-Length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`;
}
