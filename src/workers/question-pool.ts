import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { DomainError } from '../domain/errors.ts';
import type { Ask } from '../http/ask.ts';
import { Interest } from './question-task.ts';
import type { QuestionWorkerData } from './question-worker.ts';

/** Workers that had nothing to do for so long end: each holds some 50 MB. */
const IDLE_MS = 60_000;
/** How long a worker may take to notice that nobody wants its answer any more, before it is ended. */
const GRACE_MS = 2000;
/** How many questions may wait for a worker, beside those that are being answered. */
const MAX_QUEUED = 100;

/** Two at least: one that takes long must not hold up all others. */
const THREADS = Math.max(2, availableParallelism() - 1);
const WORKER = new URL('./question-worker.js', import.meta.url).href;

interface PoolOptions {
  readonly filename?: string;
  readonly maxThreads?: number;
  readonly maxQueued?: number;
  readonly graceMs?: number;
}

export interface QuestionPool {
  /** How many threads there are now. */
  readonly threads: number;
  readonly ask: Ask;
  /** Copies the log of the database at a path into its file. */
  checkpoint(path: string): Promise<void>;
  /** Ends every worker, whatever it is doing. */
  close(): Promise<void>;
}

/**
 * Answers questions in threads of their own, each over a connection that cannot write: however long an answer takes,
 * reports are taken meanwhile. No thread is started before the first question.
 */
export function createQuestionPool(
  workerData: QuestionWorkerData,
  { filename = WORKER, maxThreads = THREADS, maxQueued = MAX_QUEUED, graceMs = GRACE_MS }: PoolOptions = {},
): QuestionPool {
  const pool = new Piscina({ filename, workerData, minThreads: 0, maxThreads, idleTimeout: IDLE_MS });
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
      const answer = pool.run(
        { question, interest: interest.shared },
        { name: 'answer', signal: ending.signal },
      );
      // Whoever asked is told by the signal, and need not wait for it.
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
    close: () => pool.destroy(),
  };
}

/** A question that still waits is dropped. A worker stops by itself, or is ended: the pool starts another one. */
async function giveUp(
  answer: Promise<unknown>,
  { interest, ending, graceMs }: { interest: Interest; ending: AbortController; graceMs: number },
): Promise<void> {
  interest.lose();
  if (interest.isStarted) await Promise.race([answer, sleep(graceMs)]).catch(() => undefined);
  ending.abort();
}
