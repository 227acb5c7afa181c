import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { Config } from './config.ts';
import type { Log } from './http/deps.ts';
import { createService } from './service.ts';

/** How long requests in flight may take to finish after a signal. */
const SHUTDOWN_MS = 10_000;

/**
 * Serves until SIGTERM or SIGINT, then stops accepting, finishes what is in flight, closes the database and
 * returns. Throws where it cannot start: no usable database, or the address is taken.
 */
export async function serveUntilStopped(
  config: Config,
  { log, version }: { log: Log; version: string },
): Promise<void> {
  const service = createService(config, { log, version });
  try {
    const server = await listen(service.app, config);
    log.info({ address: server.address(), database: config.databasePath, version }, 'serving');
    const signal = await stopSignal();
    log.info({ signal }, 'stopping');
    await finish(server);
  } finally {
    await service.close();
  }
  log.info({}, 'stopped');
}

async function listen(app: { fetch: (request: Request) => Response | Promise<Response> }, config: Config) {
  const server = serve({ fetch: app.fetch, hostname: config.host, port: config.port }) as Server;
  await once(server, 'listening');
  return server;
}

async function stopSignal(): Promise<string> {
  const stopped = new AbortController();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const first = signals.map(async (signal) => {
    await once(process, signal, { signal: stopped.signal });
    return signal;
  });
  const signal = await Promise.race(first);
  stopped.abort();
  await Promise.allSettled(first);
  return signal;
}

async function finish(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection that was busy when the server closed would be kept alive for its client: not any more.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const impatience = setTimeout(() => server.closeAllConnections(), SHUTDOWN_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(impatience);
}
