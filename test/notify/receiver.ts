import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface ReceiverOptions {
  /** Its answer; 200 if left out. */
  readonly answer?: (received: Received) => Answer;
  /** Its key and certificate, for TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A receiver of messages on loopback, for one test. */
export async function startReceiver({ answer = () => ({ status: 200 }), tls }: ReceiverOptions = {}) {
  const received: Received[] = [];
  const listener: Parameters<typeof createServer>[1] = async (request, response) => {
    const { method, url: path, headers } = request;
    const one = { method, path, headers, body: await text(request) };
    received.push(one);
    const { status, headers: answered = {}, body = '' } = answer(one);
    response.writeHead(status, answered).end(body);
  };
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, received };
}
