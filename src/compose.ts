import { readFileSync } from 'node:fs';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Token } from './domain/token.ts';
import type { Log } from './http/deps.ts';
import { measuredRecorder } from './http/metrics/measured-recorder.ts';
import { createServerMetrics, type ServerMetrics } from './http/metrics/server-metrics.ts';
import type { Elsewhere } from './http/middleware/elsewhere.ts';
import { createTokenDirectory, type TokenDirectory } from './http/tokens/token-directory.ts';
import { readTokensFile } from './http/tokens/tokens-file.ts';
import { createGroupCommit } from './ingest/group-commit.ts';
import { createRecorder, type Recorder } from './ingest/recorder.ts';
import { type RetentionMetrics, retentionJob } from './jobs/retention.ts';
import { createJobs, type Jobs } from './jobs/schedule.ts';
import { announcingRecorder, announcingStore } from './live/announce.ts';
import { createLive, type Live } from './live/live.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import type { TokenStore } from './store/token-store.ts';
import { startThreads } from './threads/threads.ts';

/** What is kept: history and tokens, in one place. */
type Kept = Store & { readonly tokens: TokenStore };

export interface Service {
  readonly app: OpenAPIHono;
  readonly store: Kept;
  readonly recorder: Recorder;
  /** Whoever serves closes it first: it never ends by itself. */
  readonly live: Pick<Live, 'listen' | 'close'>;
  readonly tokens: TokenDirectory;
  /** What is to be done from time to time; whoever serves starts it. */
  readonly jobs: Pick<Jobs, 'start'>;
  /** Reads the file that declares tokens again. Throws a `ConfigError`, and changes nothing, where it is not usable. */
  reloadTokens(): void;
  /** Never resolves; rejects where the service cannot go on. */
  readonly failed: Promise<never>;
  /** Finishes what waits to be written and the jobs that run, then closes the store. */
  close(): Promise<void>;
}

interface Outside {
  readonly log: Log;
  readonly version: string;
  readonly clock?: () => number;
}

/** The whole service in this thread: for what is embedded, simulated or tested. */
export function createService(config: Config, outside: Outside): Service {
  const declared = declaredTokens(config);
  const metrics = createServerMetrics(outside.version);
  const store = openStore(config, outside.version);
  const record = createGroupCommit(store);
  return assemble(config, { ...outside, declared, metrics, store: { ...store, record } });
}

/**
 * The service as it is served: one thread speaks HTTP, one writes, one answers questions. A database in memory can
 * have one thread only.
 */
export async function startService(config: Config, outside: Outside): Promise<Service> {
  if (config.databasePath === ':memory:') return createService(config, outside);
  const declared = declaredTokens(config);
  const metrics = createServerMetrics(outside.version);
  const ownMetrics = () => metrics.expose();
  const threads = await startThreads(config, { version: outside.version, ownMetrics });
  return assemble(config, { ...outside, declared, metrics, ...threads });
}

interface Parts extends Outside {
  readonly declared: readonly Token[] | undefined;
  readonly metrics: ServerMetrics & RetentionMetrics;
  /** Groups what is recorded at the same time. */
  readonly store: Kept;
  readonly elsewhere?: Elsewhere;
  readonly failed?: Promise<never>;
}

function assemble(config: Config, parts: Parts): Service {
  const { log, version, clock = Date.now, declared, metrics, elsewhere } = parts;
  const live = createLive({ store: parts.store, clock });
  const store = announcingStore(parts.store, live);
  const tokens = createTokenDirectory({ store: store.tokens, clock });
  if (declared !== undefined) tokens.declare(declared);
  const { maxQueuedReports } = config;
  const announcing = announcingRecorder(createRecorder({ store, maxQueuedReports }), live);
  const recorder = measuredRecorder(announcing, metrics);
  const deps = { store, tokens, recorder, live, clock, log, metrics, version, settings: config };
  const app = createApp(elsewhere === undefined ? deps : { ...deps, elsewhere });
  const jobs = createJobs([retentionJob({ store, clock, log, metrics, settings: config })], { log });
  return {
    app,
    store,
    recorder,
    live,
    tokens,
    jobs,
    failed: parts.failed ?? new Promise(() => undefined),
    reloadTokens: () => tokens.declare(declaredTokens(config) ?? []),
    async close() {
      live.close();
      await jobs.stop();
      await recorder.idle();
      await store.close();
    },
  };
}

/** What is kept, for commands that serve nothing. */
export function openStore({ databasePath }: Pick<Config, 'databasePath'>, version: string): Kept {
  return openSqliteStore({ path: databasePath, version });
}

function declaredTokens({ tokensFile }: Config) {
  return tokensFile === undefined
    ? undefined
    : readTokensFile(tokensFile, (path) => readFileSync(path, 'utf8'));
}
