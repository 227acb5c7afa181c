import { addPruned, horizonsAt, NOTHING_PRUNED, type Pruned } from '../domain/retention.ts';
import type { Recording } from '../store/recording.ts';
import { type Job, type JobLog, type Pause, pauseByTimer } from './schedule.ts';

const FIRST_AFTER_MS = 3_600_000;
/** Measured by a timer, so that a change of the clock cannot make it run more often. */
const EVERY_MS = 86_400_000;

/** How long a batch may block other writers, and how long it pauses after it. */
const BATCH_MS = 5;
const PAUSE_MS = 20;

interface RetentionMetrics {
  countPruned(pruned: Pruned): void;
  /** Called at the end of a whole pass. */
  retentionDone(at: number): void;
}

interface RetentionDeps {
  readonly store: Pick<Recording, 'prune'>;
  readonly clock: () => number;
  readonly log: JobLog;
  readonly metrics: RetentionMetrics;
  readonly settings: { readonly retentionReportsMs: number; readonly retentionHistoryMs: number };
  readonly pause?: Pause;
}

/** Removes old rows once a day, in small batches with a pause after each, so that reports do not wait. */
export function retentionJob(deps: RetentionDeps): Job {
  return {
    name: 'retention',
    firstAfterMs: FIRST_AFTER_MS,
    everyMs: EVERY_MS,
    run: (signal) => prunePass(deps, signal),
  };
}

async function prunePass(
  { store, clock, log, metrics, settings, pause = pauseByTimer }: RetentionDeps,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = clock();
  let pruned = NOTHING_PRUNED;
  for await (const batch of store.prune(horizonsAt(startedAt, settings), BATCH_MS)) {
    metrics.countPruned(batch);
    pruned = addPruned(pruned, batch);
    await pause(PAUSE_MS, signal);
    if (signal.aborted) break;
  }
  if (!signal.aborted) metrics.retentionDone(clock());
  if (Object.values(pruned).every((count) => count === 0)) return;
  log.info({ ...pruned, duration_ms: clock() - startedAt }, 'pruned what was too old');
}
