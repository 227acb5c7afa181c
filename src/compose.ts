import { createHash, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Config } from './config/config.ts';
import { readExpectedTargets } from './config/expected-targets.ts';
import { readNotifyFile } from './config/notify-file.ts';
import { readText } from './config/read-text.ts';
import { readTokensFile } from './config/tokens-file.ts';
import { fileOf } from './database.ts';
import { createEventTail, type EventTail } from './events/tail.ts';
import { wakingStore } from './events/waking-store.ts';
import { createApp } from './http/app.ts';
import { createTokenDirectory, type TokenDirectory } from './http/auth/token-directory.ts';
import type { Log } from './http/deps.ts';
import { toEventFrame } from './http/schemas/event.ts';
import { declareExpected } from './ingest/expected-targets.ts';
import { createRecorder, type Recorder } from './ingest/recorder.ts';
import { integrityJob } from './jobs/integrity.ts';
import { retentionJob } from './jobs/retention.ts';
import { createJobs, type Job, type Jobs } from './jobs/schedule.ts';
import { timeJob } from './jobs/time.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { type Courier, createCourier, type Notifying } from './notify/courier.ts';
import { createChannels } from './notify/create-channels.ts';
import { readHandling } from './notify/handling.ts';
import { createHealth, type DatabaseHealth } from './store/health.ts';
import type { NarrowedFile } from './store/sqlite/file-modes.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { checkInProcess } from './workers/integrity-check.ts';
import {
  createPostgresQuestionPool,
  createQuestionPool,
  type QuestionPool,
} from './workers/question-pool.ts';

export interface Service {
  readonly app: OpenAPIHono;
  readonly store: Store;
  readonly recorder: Recorder;
  /** The server must close it first: it never ends by itself. */
  readonly tail: EventTail;
  readonly tokens: TokenDirectory;
  readonly health: DatabaseHealth;
  readonly metrics: ServerMetrics;
  /** Jobs that run from time to time. The server starts them. */
  readonly jobs: Pick<Jobs, 'start'>;
  /** From now on it is not ready. It answers everything else as before. */
  announceStop(): void;
  /** Tells channels what is wrong; undefined if there are none. The server starts it. */
  readonly courier: Pick<Courier, 'start'> | undefined;
  /** Reads the notify file again. Throws a `ConfigError`, and changes nothing, if that is not usable. */
  reloadNotifying(): Promise<void>;
  /** Reads the tokens file again. Throws a `ConfigError`, and changes nothing, if the file is not usable. */
  reloadTokens(): void;
  /** Declares the targets of the file that lists them. Throws a `ConfigError` if the file is not usable. */
  declareExpected(): Promise<void>;
  /** Waits for pending writes and running jobs, then closes the store. */
  close(): Promise<void>;
}

interface Outside {
  readonly log: Log;
  readonly version: string;
  readonly clock?: () => number;
}

/** The whole service on a file, in this thread: for tests and the demo. */
export function createService(config: Config, outside: Outside): Service {
  return onFile(config, outside, undefined);
}

/** When the TypeScript sources run directly (`npm run dev`) the workers have no loader for them. */
const HAS_WORKERS = !import.meta.url.endsWith('.ts');

/** The service as it is served: queries run in question workers. A database in memory allows only one thread. */
export async function composeService(config: Config, outside: Outside): Promise<Service> {
  if (config.postgresUrl !== undefined) return onPostgres(config, config.postgresUrl, outside);
  const path = fileOf(config);
  if (path === ':memory:' || !HAS_WORKERS) return createService(config, outside);
  const settings = { path, version: outside.version, logLevel: config.logLevel };
  return onFile(config, outside, createQuestionPool(settings));
}

type Health = ReturnType<typeof createHealth>;
type Metrics = ReturnType<typeof createServerMetrics>;

/** The store and workers of a service. */
interface Ground {
  readonly opened: Store;
  readonly questions?: Pick<QuestionPool, 'ask' | 'close'> | undefined;
  /** Jobs that only a file needs. */
  readonly fileJobs?: (health: Health, metrics: Metrics) => readonly Job[];
}

function onFile(config: Config, outside: Outside, questions: QuestionPool | undefined): Service {
  const { log, version, clock = Date.now } = outside;
  const path = fileOf(config);
  const opened = openSqliteStore({
    path,
    version,
    clock,
    checkpoint: questions?.checkpoint,
    onNarrowed: (narrowed) => tellNarrowed(log, narrowed),
    onReplaced: (problem) => tellReplaced(log, { problem, database: path }),
  });
  const check = (signal: AbortSignal) => checkInProcess(path, signal);
  // As with the workers: in this thread alone, there is no other process either.
  const fileJobs = (health: Health, metrics: Metrics) =>
    questions === undefined ? [] : [integrityJob({ check, health, metrics, clock, log })];
  return assemble(config, outside, { opened, questions, fileJobs });
}

async function onPostgres(config: Config, url: string, outside: Outside): Promise<Service> {
  const { openPostgresStore } = await import('./store/postgres/postgres-store.ts');
  const { postgresReadUrl: readUrl, questionTimeoutMs: questionMs, logLevel } = config;
  const opened = await openPostgresStore({ url, readUrl });
  const settings = { url, readUrl, questionMs, version: outside.version, logLevel };
  const questions = HAS_WORKERS ? createPostgresQuestionPool(settings) : undefined;
  try {
    return assemble(config, outside, { opened, questions });
  } catch (error) {
    // Open connections would keep the process alive.
    await questions?.close();
    await opened.close();
    throw error;
  }
}

function assemble(
  config: Config,
  { log, version, clock = Date.now }: Outside,
  { opened, questions, fileJobs }: Ground,
): Service {
  const declared = declaredTokens(config);
  const readNotifying = notifyingReader(config, { log, clock });
  const notifying = readNotifying?.();
  const metrics = createServerMetrics(version);
  metrics.leases(opened.leases);
  const health = createHealth(opened);
  const tail = createEventTail({
    log: opened,
    version: opened.version,
    othersVersion: opened.othersVersion,
    encode: toEventFrame,
    onFailure: (error) => log.error({ err: error }, 'the event log could not be read'),
  });
  const courier = notifying && courierOf(notifying, { store: opened, log, metrics, clock });
  const store = wakingStore(opened, wakingBoth(tail, courier));
  const tokens = createTokenDirectory({ store: store.tokens, clock });
  if (declared !== undefined) {
    tokens.declare(declared);
    // Losing this is safe while the file is named: what it declares counts, and the next start notes it again.
    store.tokens.noteDeclared().catch((error: unknown) => log.error({ err: error }, 'tokens file not noted'));
  }
  const { maxQueuedReports } = config;
  const recorder = createRecorder({ store, maxQueuedReports, onOutcome: metrics.countRecorded });
  const outside = { clock, log, metrics, version, settings: config };
  let isStopping = false;
  const deps = { store, health, tokens, recorder, tail, courier, isStopping: () => isStopping, ...outside };
  const app = createApp({ ...deps, ask: questions?.ask });
  const jobs = createJobs(
    [
      timeJob({ store }),
      retentionJob({ store, clock, log, metrics, settings: config }),
      ...(fileJobs?.(health, metrics) ?? []),
    ],
    { log, leases: opened.leases },
  );
  return {
    app,
    store,
    recorder,
    tail,
    tokens,
    health,
    metrics,
    jobs,
    courier,
    announceStop() {
      isStopping = true;
    },
    reloadNotifying: async () => readNotifying && courier?.reload(readNotifying()),
    reloadTokens: () => tokens.declare(declaredTokens(config) ?? []),
    async declareExpected() {
      const { expectedTargetsFile: file } = config;
      if (file === undefined) return;
      await declareExpected(readExpectedTargets(file, readText), { store, log });
    },
    async close() {
      tail.close();
      await courier?.stop();
      await jobs.stop();
      await recorder.idle();
      await questions?.close();
      await store.close();
    },
  };
}

function wakingBoth(tail: EventTail, courier: Courier | undefined): Pick<EventTail, 'wake'> {
  return {
    wake(touched) {
      tail.wake(touched);
      courier?.wake();
    },
  };
}

interface CourierDeps {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

function courierOf(notifying: Notifying, { store, log, metrics, clock }: CourierDeps): Courier {
  const { count, observe } = metrics.notifications(clock);
  const courier = createCourier(notifying, {
    store,
    clock,
    log,
    count,
    newId: randomUUID,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    random: Math.random,
    turn: () => setImmediate(),
    handling: (targets) => readHandling(store, targets, clock()),
  });
  observe(courier);
  return courier;
}

function tellReplaced(log: Log, { problem, ...fields }: { problem: string | undefined; database: string }) {
  if (problem === undefined) log.info(fields, 'the file of the database is back: reports are recorded again');
  else log.error(fields, problem);
}

function tellNarrowed(log: Log, { failure, ...fields }: NarrowedFile): void {
  if (failure === undefined) log.info(fields, 'others could read the database: now only its user can');
  else
    log.error(
      { ...fields, failure },
      'others can read the database: only the owner of the file can change that',
    );
}

function declaredTokens({ tokensFile }: Config) {
  return tokensFile === undefined ? undefined : readTokensFile(tokensFile, readText);
}

/** Undefined if nobody is told anything. */
function notifyingReader(
  { notifyFile, publicUrl }: Config,
  { log, clock }: { log: Log; clock: () => number },
): (() => Notifying) | undefined {
  if (notifyFile === undefined || publicUrl === undefined) return undefined;
  const onAnswer = (channel: string, words: string) => log.debug({ channel }, words);
  const onWarning = (channel: string, words: string) => log.error({ channel }, words);
  return () => {
    const { routing, channels } = readNotifyFile(notifyFile, readText);
    return { routing, ...createChannels(channels, { publicUrl, clock, onAnswer, onWarning }) };
  };
}
