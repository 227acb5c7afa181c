import { connect, type Socket } from 'node:net';

/** The time of a round of requests, and of each of them, in milliseconds. */
export interface Load {
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
}

/** One HTTP/1.1 request in its form on the wire. */
export function wireRequest(
  {
    method,
    path,
    port,
    type,
    headers = [],
  }: { method: string; path: string; port: number; type?: string; headers?: readonly string[] },
  body = '',
): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...headers,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** A few connections that stay open, each with at most one request in flight. */
export class Connections {
  readonly #all: readonly Connection[];

  private constructor(all: readonly Connection[]) {
    this.#all = all;
  }

  /** To one server, or in equal parts to several. */
  static async open(port: number | readonly number[], count: number): Promise<Connections> {
    const ports = [port].flat();
    const opening = Array.from({ length: count }, (_, i) => Connection.open(ports[i % ports.length] ?? 0));
    return new Connections(await Promise.all(opening));
  }

  /** Sends all of them as fast as they are answered; throws at the first answer that is an error. */
  async send(requests: readonly Buffer[]): Promise<Load> {
    const latenciesMs: number[] = [];
    const startedAt = performance.now();
    let next = 0;
    const work = async (connection: Connection) => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const sentAt = performance.now();
        await connection.exchange(request);
        latenciesMs.push(performance.now() - sentAt);
      }
    };
    await Promise.all(this.#all.map(work));
    return { elapsedMs: performance.now() - startedAt, latenciesMs };
  }

  /**
   * Sends them at a steady pace, however fast they are answered. Each is timed from its turn on: if all connections are
   * busy, the wait for one counts.
   */
  async pace(requests: readonly Buffer[], perSecond: number): Promise<Load> {
    const latenciesMs: number[] = [];
    const due: { request: Buffer; at: number }[] = [];
    const idle = [...this.#all];
    const exchanges: Promise<void>[] = [];
    const work = async (connection: Connection) => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        await connection.exchange(next.request);
        latenciesMs.push(performance.now() - next.at);
      }
      idle.push(connection);
    };
    const startedAt = performance.now();
    for (let sent = 0; sent < requests.length; ) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const at = performance.now();
      const until = Math.min(requests.length, Math.floor(((at - startedAt) / 1000) * perSecond));
      due.push(...requests.slice(sent, until).map((request) => ({ request, at })));
      sent = Math.max(sent, until);
      for (const connection of idle.splice(0, due.length)) exchanges.push(work(connection));
    }
    await Promise.all(exchanges);
    return { elapsedMs: performance.now() - startedAt, latenciesMs };
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}

/** Sends requests one after the other, so that all arrive in order. */
export async function sendAll({ port }: { port: number }, requests: readonly Buffer[]): Promise<void> {
  const connections = await Connections.open(port, 1);
  await connections.send(requests);
  connections.close();
}

/** A socket with only the HTTP that the bench needs, so that it takes little processor time. */
class Connection {
  readonly #socket: Socket;
  #head = '';
  /** Bytes of the body that are still to come; undefined until the head is complete. */
  #missing: number | undefined;
  #answered: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('close', () => this.#answered?.reject(new Error('The server closed the connection.')));
    socket.on('error', (error) => this.#answered?.reject(error));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  exchange(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      // Otherwise the promise would never be settled.
      if (this.#socket.destroyed) reject(new Error('The server closed the connection while it was idle.'));
      this.#answered = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#missing === undefined) this.#receiveHead(chunk);
    else this.#missing -= chunk.length;
    if (this.#missing !== 0) return;
    const head = this.#head;
    this.#head = '';
    this.#missing = undefined;
    // 304 if that was requested.
    if (/^HTTP\/1\.1 (2|304)/.test(head)) this.#answered?.resolve();
    else this.#answered?.reject(new Error(`The server answered:\n${head.slice(0, 1000)}`));
  }

  /** Bodies are counted, not read. The beginning of one is stored, because it may explain an error. */
  #receiveHead(chunk: Buffer): void {
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(this.#head) ?? [];
    if (length === undefined && !/^HTTP\/1\.1 304/.test(this.#head)) {
      this.#answered?.reject(
        new Error(`An answer without a length is more than the bench can read:\n${this.#head}`),
      );
    }
    this.#missing = Number(length ?? 0) - (this.#head.length - end - 4);
  }
}
