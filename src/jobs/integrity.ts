import type { Verdict } from '../store/health.ts';
import type { Job, JobLog } from './schedule.ts';

/** It runs soon after the server is ready, so that damage does not go unnoticed. */
const FIRST_AFTER_MS = 1000;
const EVERY_MS = 86_400_000;

interface IntegrityDeps {
  /** Reads the whole database; ends early if the signal is aborted. */
  readonly check: (signal: AbortSignal) => Promise<Verdict>;
  readonly health: { checked(verdict: Verdict): void };
  readonly metrics: {
    /** A whole check has found no damage. */
    integrityChecked(at: number): void;
  };
  readonly clock: () => number;
  readonly log: JobLog;
}

/** Checks the whole database after the start, and then once a day. */
export function integrityJob({ check, health, metrics, clock, log }: IntegrityDeps): Job {
  return {
    name: 'integrity',
    firstAfterMs: FIRST_AFTER_MS,
    everyMs: EVERY_MS,
    async run(signal) {
      const startedAt = clock();
      const verdict = await check(signal);
      health.checked(verdict);
      const duration = { duration_ms: clock() - startedAt };
      switch (verdict.kind) {
        case 'sound':
          metrics.integrityChecked(clock());
          return log.info(duration, 'the database is sound');
        case 'damaged':
          return log.error(
            { problems: verdict.problems, ...duration },
            'the database is damaged: restore a backup (docs/operations.md, "Three in the morning")',
          );
        case 'unfinished':
          if (!signal.aborted) {
            log.error(
              { reason: verdict.reason },
              'the database could not be checked; it is tried again in a day',
            );
          }
      }
    },
  };
}
