import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';

/** A request as Node reads it from the connection of an address, for `app.request(path, init, env)`. */
export function fromPeer(
  address: string,
  headers: readonly (readonly [name: string, value: string])[],
  { method = 'GET', path = '/', body = '', encoding = 'utf8' as 'utf8' | 'latin1' } = {},
): Promise<{ incoming: IncomingMessage }> {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const size = `Content-Length: ${Buffer.byteLength(body)}`;
  const text = [`${method} ${path} HTTP/1.1`, ...lines, size, '', body].join('\r\n');
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  Object.defineProperty(connection, 'remoteAddress', { value: address });
  return new Promise((resolve) => {
    const server = createServer({ requireHostHeader: false }, (incoming) => resolve({ incoming }));
    server.emit('connection', connection);
    connection.push(Buffer.from(text, encoding));
  });
}
