import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A message as a webhook gets it, as far as tests read it. */
export interface WebhookMessage {
  readonly id: string;
  readonly phase: string;
  readonly thread: string;
  readonly servers: readonly string[];
  readonly repo: string;
}

/** What happens to a message that has arrived; without an answer the connection breaks. */
type OnMessage = (message: WebhookMessage, answer: () => void) => void;

/** A webhook receiver on loopback that stores what arrives. */
export class NotifyReceiver {
  readonly received: WebhookMessage[] = [];
  /** How often the heartbeat URL was asked. */
  beats = 0;
  onMessage: OnMessage = (_, answer) => answer();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  static async start(): Promise<NotifyReceiver> {
    const receiver = new NotifyReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.url === '/beat') {
      this.beats++;
      response.end();
      return;
    }
    const { id, data } = JSON.parse(body);
    const { phase, thread, repo, targets } = data;
    const servers = targets.map(({ server }: { server: string }) => server);
    const message = { id, phase, thread, repo, servers };
    this.received.push(message);
    this.onMessage(message, () => response.end());
  }
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Writes a notify file beside a database: everything goes to one webhook at each of the receivers. */
export function notifyEnv(
  databasePath: string,
  receivers: Readonly<Record<string, string>>,
  { route = '{ for: 0, channels: [ALL] }' } = {},
): Record<string, string> {
  const at = (name: string) => join(dirname(databasePath), name);
  const channels = Object.entries(receivers).map(([name, url]) => {
    writeFileSync(at(`${name}-url`), `${url}/hook\n`);
    writeFileSync(at(`${name}-beat`), `${url}/beat\n`);
    writeFileSync(at('key'), SECRET);
    return `  ${name}: { type: webhook, url_file: ${name}-url, secret_file: key, heartbeat_url_file: ${name}-beat }`;
  });
  const routes = route.replace('ALL', Object.keys(receivers).join(', '));
  writeFileSync(at('notify.yaml'), `channels:\n${channels.join('\n')}\nroutes:\n  - ${routes}\n`);
  return {
    GITOPS_STATUS_NOTIFY_FILE: at('notify.yaml'),
    GITOPS_STATUS_PUBLIC_URL: 'https://status.example',
  };
}
