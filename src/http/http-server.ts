import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { answerBrokenRequests } from './broken-requests.ts';
import type { Log } from './deps.ts';

/** A client that sends its headers slowly holds a connection for no longer than this. */
const HEADERS_TIMEOUT_MS = 15_000;
/** How late Node may enforce its time limits. */
const CHECK_EVERY_MS = 1000;
/** The host name for requests of HTTP/1.0, which have none: probes of load balancers send such requests. */
const NAME_WITHOUT_HOST = 'localhost';

interface ServerSettings {
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxHeaderBytes: number;
}

interface Outside {
  readonly log: Log;
  readonly metrics: Pick<ServerMetrics, 'countBroken'>;
}

/** Node's HTTP server with the app behind it. */
export function createHttpServer(
  app: { fetch: (request: Request, env: object) => Response | Promise<Response> },
  { maxConnections, requestTimeoutMs, keepAliveMs, maxHeaderBytes }: ServerSettings,
  outside: Outside,
): Server {
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, requestTimeoutMs),
    maxHeaderSize: maxHeaderBytes,
    // Node's own refusal has no explanation: the listener below refuses instead.
    requireHostHeader: false,
  });
  server.maxConnections = maxConnections;
  const { refuseHostless, respond } = answerBrokenRequests(server, outside);
  const listener = getRequestListener(app.fetch, { hostname: NAME_WITHOUT_HOST, errorHandler: respond });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const hasName = request.headers.host !== undefined || request.httpVersion === '1.0';
    return hasName ? listener(request, response) : refuseHostless(response);
  });
  return server;
}
