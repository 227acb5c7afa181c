import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Report = {
  readonly repo: string;
  readonly server: string;
  readonly sync_status: string;
  readonly drift_count: number;
  readonly files: readonly ReportedFile[];
  readonly last_check: string;
  readonly [key: string]: unknown;
};

type ReportedFile = {
  readonly name: string;
  readonly change: string;
  readonly [key: string]: unknown;
};

type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** The answer to one POST; `silence` never answers, `hang-up` drops the connection. */
export type Answer =
  | {
      readonly kind: 'receipt';
      readonly change?: string;
      readonly recorded?: string;
      readonly after?: Promise<void>;
    }
  | { readonly kind: 'silence' }
  | { readonly kind: 'hang-up' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    };

/** Replaces the server: records every POST and answers as scripted, with receipts once the script runs out. */
export class Collector {
  readonly received: Received[] = [];
  /** All requests that are no POST: `GET /api/v1/status?…`. */
  readonly asked: string[] = [];
  readonly #answers: Answer[] = [];
  readonly #arrivals = new Set<() => void>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  /** The answer of GET /api/v1/status; without it there is no such route. */
  known: readonly object[] | undefined;

  static async start(known?: readonly object[]): Promise<Collector> {
    const collector = new Collector();
    collector.known = known;
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every report of every POST, in order of arrival. */
  get reports(): Report[] {
    return this.received.flatMap(({ body }) => reportsIn(body));
  }

  willAnswer(...answers: Answer[]): void {
    this.#answers.push(...answers);
  }

  async arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrivals.add(resolve));
  }

  forget(): void {
    this.received.length = 0;
    this.#answers.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const body = Buffer.concat(chunks).toString('utf8');
    if (request.method !== 'POST') {
      this.asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(this.known === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.known ?? {}));
      return;
    }
    this.received.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
    });
    const answer = this.#answers.shift() ?? { kind: 'receipt' };
    for (const resolve of this.#arrivals) {
      resolve();
    }
    this.#arrivals.clear();
    await respond(response, answer, body);
  }
}

async function respond(response: ServerResponse, answer: Answer, body: string): Promise<void> {
  switch (answer.kind) {
    case 'silence':
      return;
    case 'hang-up':
      response.destroy();
      return;
    case 'status':
      response.writeHead(answer.status, { 'content-type': 'application/problem+json', ...answer.headers });
      response.end(answer.body ?? '');
      return;
    case 'receipt': {
      await answer.after;
      const receipts = reportsIn(body).map((report) => receiptFor(report, answer));
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body.startsWith('[') ? receipts : receipts[0]));
    }
  }
}

function receiptFor(
  report: Report,
  { recorded = 'new', change = 'first' }: { recorded?: string; change?: string },
) {
  const { repo, server, last_check } = report;
  return {
    repo,
    server,
    last_check,
    recorded,
    change,
    since: last_check,
    stale_at: last_check,
    incident: null,
  };
}

function reportsIn(body: string): Report[] {
  const parsed: unknown = JSON.parse(body);
  return (Array.isArray(parsed) ? parsed : [parsed]) as Report[];
}
