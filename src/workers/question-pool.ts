import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { DomainError } from '../domain/errors.ts';
import type { Ask } from '../http/ask.ts';
import type { PostgresWorkerData } from './postgres-question-worker.ts';
import { Interest } from './question-task.ts';
import type { QuestionWorkerData } from './question-worker.ts';

/** A worker ends after it was idle for this long: each one uses about 50 MB. */
const IDLE_MS = 60_000;
/** How long a worker may take to stop after its question was given up, before it is terminated. */
const GRACE_MS = 2000;
/** How many questions may wait for a worker, in addition to the running ones. */
const MAX_QUEUED = 100;

/** At least two, so that one long question does not block all others. */
const THREADS = Math.max(2, availableParallelism() - 1);
const WORKER = new URL('./question-worker.js', import.meta.url).href;
const POSTGRES_WORKER = new URL('./postgres-question-worker.js', import.meta.url).href;
/** Each has connections of its own, and the database does most of the work. */
const MAX_POSTGRES_THREADS = 4;

interface PoolOptions {
  readonly filename?: string;
  readonly maxThreads?: number;
  readonly maxQueued?: number;
  readonly graceMs?: number;
  /** Whether workers listen to the network between two questions, too. */
  readonly listen?: boolean;
}

export interface QuestionPool {
  /** The current number of threads. */
  readonly threads: number;
  readonly ask: Ask;
  /** Copies the log of a database into its file. */
  checkpoint(path: string): Promise<void>;
  /** Terminates all workers. */
  close(): Promise<void>;
}

/**
 * Answers questions in worker threads, each with a read-only connection, so that reports are recorded while an answer
 * takes long. No thread is started before the first question.
 */
export function createQuestionPool(
  workerData: QuestionWorkerData | PostgresWorkerData,
  {
    filename = WORKER,
    maxThreads = THREADS,
    maxQueued = MAX_QUEUED,
    graceMs = GRACE_MS,
    listen = false,
  }: PoolOptions = {},
): QuestionPool {
  const atomics = listen ? 'disabled' : 'sync';
  const pool = new Piscina({
    filename,
    workerData,
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_MS,
    atomics,
  });
  let isClosing = false;
  return {
    get threads() {
      return pool.threads.length;
    },
    async ask(question, signal) {
      signal.throwIfAborted();
      if (pool.queueSize >= maxQueued) {
        throw new DomainError(
          'overloaded',
          'Too many questions are waiting to be answered. Ask again shortly.',
        );
      }
      const interest = Interest.begin();
      const ending = new AbortController();
      const answer = pool
        .run({ question, interest: interest.shared }, { name: 'answer', signal: ending.signal })
        .catch((error: unknown) => {
          throw isClosing
            ? new DomainError('overloaded', 'The server is about to stop.', { cause: error })
            : error;
        });
      // The caller is informed by the signal and does not wait for the answer.
      answer.catch(() => undefined);
      const lost = new Promise<never>((_, reject) => {
        signal.addEventListener(
          'abort',
          () => {
            reject(signal.reason);
            void giveUp(answer, { interest, ending, graceMs });
          },
          { once: true },
        );
      });
      return Promise.race([answer, lost]);
    },
    async checkpoint(path) {
      await pool.run(path, { name: 'checkpoint' });
    },
    async close() {
      isClosing = true;
      await pool.destroy();
    },
  };
}

/** The same on PostgreSQL. Its workers notice at once when the database ends a connection that nobody uses. */
export function createPostgresQuestionPool(workerData: PostgresWorkerData): Omit<QuestionPool, 'checkpoint'> {
  const maxThreads = Math.min(THREADS, MAX_POSTGRES_THREADS);
  return createQuestionPool(workerData, { filename: POSTGRES_WORKER, maxThreads, listen: true });
}

/** A waiting question is dropped. A running worker stops by itself or is terminated; then the pool starts a new one. */
async function giveUp(
  answer: Promise<unknown>,
  { interest, ending, graceMs }: { interest: Interest; ending: AbortController; graceMs: number },
): Promise<void> {
  interest.lose();
  if (interest.isStarted) await Promise.race([answer, sleep(graceMs)]).catch(() => undefined);
  ending.abort();
}
