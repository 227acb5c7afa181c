import { setTimeout } from 'node:timers/promises';

/** Something to do again and again. */
export interface Job {
  /** For the log. */
  readonly name: string;
  readonly firstAfterMs: number;
  /** From the end of one run to the beginning of the next. */
  readonly everyMs: number;
  /** Once aborted, it should end soon; it may leave the rest to the next run. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Jobs {
  /** Runs each one when its time comes, never twice at the same time. One that fails is logged, and comes again. */
  start(): void;
  /** Starts no more, and resolves once those that run have ended. */
  stop(): Promise<void>;
}

/** As much of a logger as jobs use; pino fits. */
export interface JobLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Resolves after a while, or as soon as the signal is aborted. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pauseByTimer: Pause = async (ms, signal) => {
  // It only rejects where it is aborted, and then the pause is over: the caller looks at the signal.
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
};

export function createJobs(
  jobs: readonly Job[],
  { log, pause = pauseByTimer }: { log: JobLog; pause?: Pause },
): Jobs {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<unknown> | undefined;
  return {
    start() {
      running ??= Promise.all(jobs.map((job) => repeat(job, { signal, log, pause })));
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function repeat(
  job: Job,
  { signal, log, pause }: { signal: AbortSignal; log: JobLog; pause: Pause },
): Promise<void> {
  await pause(job.firstAfterMs, signal);
  while (!signal.aborted) {
    try {
      await job.run(signal);
    } catch (error) {
      log.error({ err: error, job: job.name }, 'a job failed; it is tried again at its next turn');
    }
    await pause(job.everyMs, signal);
  }
}
