import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeService, type Service } from './compose.ts';
import { type Config, ConfigError } from './config/config.ts';
import { databaseName } from './config/database-url.ts';
import { tryDatabase } from './database.ts';
import { DomainError } from './domain/errors.ts';
import { missingAuth } from './http/auth/require-auth.ts';
import type { Log } from './http/deps.ts';
import { createHttpServer } from './http/http-server.ts';
import { createWaitingApp } from './http/waiting-app.ts';

/** How long running requests may take after a signal. */
const SHUTDOWN_MS = 10_000;
/** How often it checks for room on a full disk. */
const TRY_AGAIN_MS = 1000;

interface ServeOptions {
  readonly log: Log;
  readonly version: string;
  /** Called with the port once it serves. */
  readonly onServing?: (port: number) => void;
  /** Work that runs while the server runs; it should end soon after the signal is aborted. */
  readonly whileServing?: (service: Pick<Service, 'recorder'>, signal: AbortSignal) => Promise<void>;
}

/**
 * Serves until SIGTERM or SIGINT, and as long after it as the settings say. Then it stops accepting connections, finishes
 * running requests, closes the database and returns. Throws if it cannot start: the database is not usable, the address
 * is taken, or others could use the server without a token.
 */
export async function serveUntilStopped(
  config: Config,
  { log, version, onServing, whileServing }: ServeOptions,
): Promise<void> {
  // Installed before the server can be seen, so that an early signal works too.
  const stopped = stopSignal();
  const door = new Door(config, log);
  const service = await composeOnceThereIsRoom(config, { log, version, door, stopped });
  if (service === undefined) return log.info({}, 'stopped');
  const stopReloading = reloadOnHangup(service, config, log);
  try {
    await requireGuarded(service, config);
    await service.declareExpected();
    const server = await door.open(service);
    log.info({ address: server.address(), database: databaseName(config), version }, 'serving');
    onServing?.(portOf(server));
    service.jobs.start();
    service.courier?.start();
    const ending = new AbortController();
    const beside = whileServing?.(service, ending.signal);
    try {
      const signal = await stopped;
      log.info({ signal }, 'stopping');
      await drain(server, service, config);
      service.tail.close();
      await finish(server);
    } finally {
      door.close();
      ending.abort();
      await beside;
    }
  } finally {
    door.close();
    stopReloading();
    await service.close();
  }
  log.info({}, 'stopped');
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface App {
  fetch: (request: Request, env: object) => Response | Promise<Response>;
}

/** Answers the requests, and counts those that never reach it. */
interface Behind {
  readonly app: App;
  readonly metrics?: Pick<Service['metrics'], 'countBroken'>;
}

/** Listens from the first `open` on, and always answers with the app of the last one. */
class Door {
  readonly #config: Config;
  readonly #log: Log;
  #behind: Behind | undefined;
  #server: Server | undefined;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
  }

  async open(behind: Behind): Promise<Server> {
    this.#behind = behind;
    const fetch: App['fetch'] = (request, env) => (this.#behind ?? behind).app.fetch(request, env);
    const countBroken = (status: number) => this.#behind?.metrics?.countBroken(status);
    const outside = { log: this.#log, metrics: { countBroken } };
    this.#server ??= await listen({ fetch }, this.#config, outside);
    return this.#server;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

/**
 * If the disk is full it answers so, and tries again until there is room; undefined if it is stopped before. Other
 * failures are thrown.
 */
async function composeOnceThereIsRoom(
  config: Config,
  { log, version, door, stopped }: { log: Log; version: string; door: Door; stopped: Promise<string> },
): Promise<Service | undefined> {
  const isStopped = stopped.then(() => true);
  for (;;) {
    try {
      return await composeService(config, { log, version });
    } catch (error) {
      if (!isNotNow(error)) throw error;
      const server = await door.open({
        app: createWaitingApp(version, { isFile: config.databasePath !== undefined }),
      });
      log.error(
        { err: error, address: server.address() },
        config.postgresUrl === undefined ? 'waiting for room on the disk' : 'waiting for the database',
      );
    }
    while (await isStillFull(config, version)) {
      if (!(await Promise.race([isStopped, sleep(TRY_AGAIN_MS, false)]))) continue;
      door.close();
      return undefined;
    }
  }
}

async function isStillFull(config: Config, version: string): Promise<boolean> {
  try {
    await tryDatabase(config, version);
    return false;
  } catch (error) {
    // The next start throws any other fault.
    return isNotNow(error);
  }
}

function isNotNow(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable';
}

/** Throws if others could reach the server and there is neither a token nor a setting that allows it. */
export async function requireGuarded({ tokens }: Pick<Service, 'tokens'>, config: Config): Promise<void> {
  const refusal = await missingAuth(config, tokens);
  if (refusal !== undefined) throw new ConfigError([refusal]);
}

async function listen(
  app: App,
  config: Config,
  outside: Parameters<typeof createHttpServer>[2],
): Promise<Server> {
  const { host, port, maxConnections } = config;
  const server = createHttpServer(app, config, outside);
  // All allowed connections may arrive at once.
  server.listen({ host, port, backlog: maxConnections });
  await once(server, 'listening');
  return server;
}

/** Without a file to read again, SIGHUP still ends the server, as when a terminal is closed. */
function reloadOnHangup(
  service: Service,
  { tokensFile, expectedTargetsFile, notifyFile }: Config,
  log: Log,
): () => void {
  if ([tokensFile, expectedTargetsFile, notifyFile].every((file) => file === undefined))
    return () => undefined;
  const reload = () => {
    if (tokensFile !== undefined) reloadTokens(service, tokensFile, log);
    if (notifyFile !== undefined) reloadNotifying(service, notifyFile, log);
    service.declareExpected().catch((error) => {
      log.error({ err: error }, 'expected targets not reloaded: those from before stay declared');
    });
  };
  process.on('SIGHUP', reload);
  return () => process.off('SIGHUP', reload);
}

function reloadTokens(service: Service, file: string, log: Log): void {
  try {
    service.reloadTokens();
    log.info({ file }, 'tokens reloaded');
  } catch (error) {
    log.error({ err: error }, 'tokens not reloaded: those from before stay valid');
  }
}

function reloadNotifying(service: Service, file: string, log: Log): void {
  service.reloadNotifying().then(
    () => log.info({ file }, 'routes and channels reloaded'),
    (error) => log.error({ err: error }, 'routes and channels not reloaded: those from before stay in force'),
  );
}

/** The first signal. Later ones change nothing: under npm, a Ctrl-C comes from the terminal and from npm. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
}

/** Serves on until load balancers have noticed: it says that it is not ready, and no connection is used again. */
async function drain(
  server: Server,
  service: Pick<Service, 'announceStop'>,
  { shutdownDelayMs }: Config,
): Promise<void> {
  if (shutdownDelayMs === 0) return;
  service.announceStop();
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  await sleep(shutdownDelayMs);
}

async function finish(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // Connections that were busy when the server closed must not be kept alive for their clients.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const closeTimer = setTimeout(() => server.closeAllConnections(), SHUTDOWN_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(closeTimer);
}
