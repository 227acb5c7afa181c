import { addPruned, horizonsAt, NOTHING_PRUNED, type Pruned } from '../domain/retention.ts';
import type { Store } from '../store/store.ts';
import { type Job, type JobLog, type Pause, pauseByTimer } from './schedule.ts';

const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 3_600_000;

/** What whoever wants to write waits for at the most, and for how long it then has the store to itself. */
const BATCH_MS = 5;
const PAUSE_MS = 20;

export interface RetentionMetrics {
  countPruned(pruned: Pruned): void;
  /** A whole pass is done. */
  retentionDone(at: number): void;
}

interface RetentionDeps {
  readonly store: Pick<Store, 'prune'>;
  readonly clock: () => number;
  readonly log: JobLog;
  readonly metrics: RetentionMetrics;
  readonly settings: { readonly retentionReportsMs: number; readonly retentionHistoryMs: number };
  readonly pause?: Pause;
}

/** Takes what is too old, every hour, in small batches with a pause after each: ingest goes first. */
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
