import net from 'node:net';
import { join } from 'node:path';
import { parse } from 'pg-connection-string';
import type { Cluster } from './postgres-database.ts';

/** A message of PostgreSQL's protocol: the letter of its type, and what follows its length. */
interface Message {
  readonly from: 'client' | 'server';
  readonly type: string;
  readonly text: string;
}

/** Whether the connection ends instead of passing on this message. */
type Cut = (message: Message) => boolean;

interface Proxy {
  /** The address of the database through the proxy. */
  readonly url: string;
  /** Watches the next transaction that writes. */
  cutNext(cut: Cut): void;
}

/** A proxy in front of a database, as long as that is used: it ends connections where the test says. */
export async function aProxy(cluster: Cluster): Promise<Proxy> {
  const { host, database, user } = parse(cluster.url);
  const open = new Set<net.Socket>();
  let next: Cut | undefined;
  const server = net.createServer((client) => {
    const upstream = net.connect(join(host ?? '', '.s.PGSQL.5432'));
    let cut: Cut | undefined;
    const end = () => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        open.delete(socket);
      }
    };
    const pass = (from: Message['from'], to: net.Socket) => (raw: Buffer, isFirst: boolean) => {
      const text = raw.subarray(5).toString('latin1');
      const message = { from, type: isFirst && from === 'client' ? '' : raw.toString('latin1', 0, 1), text };
      if (from === 'client' && text === 'BEGIN\0') [cut, next] = [next, undefined];
      if (cut?.(message) === true) end();
      else if (!to.destroyed) to.write(raw);
    };
    client.on('data', splitter(1, pass('client', upstream)));
    upstream.on('data', splitter(0, pass('server', client)));
    for (const socket of [client, upstream]) open.add(socket.on('error', end).on('close', end));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cluster.closeAtLast(async () => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    url: `postgres://${user}@127.0.0.1:${portOf(server)}/${database}?sslmode=disable`,
    cutNext: (cut) => {
      next = cut;
    },
  };
}

export function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It must have a port.');
  return address.port;
}

/** Whole messages, of which the first `untyped` have no letter before their length. */
function splitter(untyped: number, take: (raw: Buffer, isFirst: boolean) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let taken = 0;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const lengthAt = taken < untyped ? 0 : 1;
      if (rest.length < lengthAt + 4) return;
      const length = lengthAt + rest.readUInt32BE(lengthAt);
      if (rest.length < length) return;
      const raw = rest.subarray(0, length);
      rest = rest.subarray(length);
      take(raw, taken++ === 0);
    }
  };
}
