import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

/** What a client sends in one request. */
export const recordedPush = z.object({
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  /** In base64. */
  body: z.string(),
});
export type RecordedPush = z.infer<typeof recordedPush>;

interface Relayed {
  readonly push: RecordedPush;
  /** The answer of each. */
  readonly statuses: readonly number[];
}

/** Passes each request of a client to several servers, and the answer of the first one back. */
export class PushRelay {
  readonly relayed: Relayed[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(servers: readonly string[]): Promise<PushRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The relay has no port.');
    const relay = new PushRelay(server, address.port);
    server.on('request', (request, response) => void relay.#relay(servers, request, response));
    return relay;
  }

  async #relay(servers: readonly string[], request: IncomingMessage, response: ServerResponse) {
    const push = await pushOf(request);
    const answers = await Promise.all(servers.map((server) => sendPush(push, server)));
    this.relayed.push({ push, statuses: answers.map(({ status }) => status) });
    const [first] = answers;
    response.writeHead(first?.status ?? 502).end(await first?.text());
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const KEPT = ['content-type', 'content-encoding'];

async function pushOf(request: IncomingMessage): Promise<RecordedPush> {
  const { method = '', url: path = '' } = request;
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    KEPT.includes(name) ? [[name, String(value)]] : [],
  );
  const body = (await buffer(request)).toString('base64');
  return recordedPush.parse({ method, path, headers: Object.fromEntries(headers), body });
}

function sendPush({ method, path, headers, body }: RecordedPush, server: string): Promise<Response> {
  const bytes = Uint8Array.from(Buffer.from(body, 'base64'));
  return fetch(`${server}${path}`, { method, headers, ...(bytes.length > 0 ? { body: bytes } : {}) });
}
