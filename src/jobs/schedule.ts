import { setTimeout } from 'node:timers/promises';
import type { Lease, Leases } from '../store/leases.ts';

/** Repeated work. */
export interface Job {
  /** For the log. */
  readonly name: string;
  readonly firstAfterMs: number;
  /** From the end of one run to the beginning of the next. */
  readonly everyMs: number;
  /** It should end soon after the signal is aborted; the next run does the rest. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Jobs {
  /**
   * Runs each job when its time comes, while this process has the lease `jobs`, and never twice at the same time. A
   * failed run is logged, and the job runs again later.
   */
  start(): void;
  /** Starts no further runs, and resolves once the running ones have ended. */
  stop(): Promise<void>;
}

/** The part of a pino logger that jobs use. */
export interface JobLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Resolves after a while, or as soon as the signal is aborted. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pauseByTimer: Pause = async (ms, signal) => {
  // It only rejects when aborted: then the pause is over, and the caller checks the signal.
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
};

interface JobsDeps {
  readonly log: JobLog;
  readonly leases: Pick<Leases, 'want'>;
  readonly pause?: Pause;
}

/** A turn without the lease is made up for: else a job once a day might never run here. */
const LOOK_AGAIN_MS = 60_000;

export function createJobs(jobs: readonly Job[], { log, leases, pause = pauseByTimer }: JobsDeps): Jobs {
  const stopping = new AbortController();
  const { signal } = stopping;
  let lease: Lease | undefined;
  /** Aborted at the end of the term, or when this process stops. */
  let working = signal;
  let running: Promise<unknown> | undefined;

  const run = async (job: Job) => {
    if (lease?.term === undefined) return LOOK_AGAIN_MS;
    await job.run(working);
    return job.everyMs;
  };
  return {
    start() {
      if (running !== undefined) return;
      lease = leases.want('jobs', {
        onTerm: (term) => {
          working = AbortSignal.any([signal, term.signal]);
        },
      });
      running = Promise.all(jobs.map((job) => repeat(job, { run, signal, log, pause })));
    },
    async stop() {
      stopping.abort();
      await running;
      await lease?.release();
    },
  };
}

interface Repeating {
  /** Resolves to how long to wait until the next turn. */
  readonly run: (job: Job) => Promise<number>;
  readonly signal: AbortSignal;
  readonly log: JobLog;
  readonly pause: Pause;
}

async function repeat(job: Job, { run, signal, log, pause }: Repeating): Promise<void> {
  await pause(job.firstAfterMs, signal);
  while (!signal.aborted) {
    let waitMs = job.everyMs;
    try {
      waitMs = Math.min(waitMs, await run(job));
    } catch (error) {
      log.error({ err: error, job: job.name }, 'a job failed; it is tried again at its next turn');
    }
    await pause(waitMs, signal);
  }
}
