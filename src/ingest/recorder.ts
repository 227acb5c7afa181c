import { DomainError } from '../domain/errors.ts';
import type { Report } from '../domain/report.ts';
import type { Recorded, Store } from '../store/store.ts';

/** The one door to the store for new reports. */
export interface Recorder {
  /**
   * Records the reports together or not at all, and resolves once they are on disk. Submissions that wait at
   * the same time share one transaction, so one flush to the disk serves them all.
   * Throws `overloaded` where more would have to wait than may, `unavailable` where the store cannot write.
   */
  submit(reports: readonly Report[]): Promise<readonly Recorded[]>;
  /** Resolves once nothing waits any more. */
  idle(): Promise<void>;
}

/** The store is one that groups what is recorded at the same time: see `createGroupCommit`. */
export function createRecorder({
  store,
  maxQueuedReports,
}: {
  store: Pick<Store, 'record'>;
  maxQueuedReports: number;
}): Recorder {
  let queuedReports = 0;
  const waiting = new Set<Promise<unknown>>();

  return {
    async submit(reports) {
      if (queuedReports + reports.length > maxQueuedReports) {
        throw new DomainError(
          'overloaded',
          'Too many reports are waiting to be written. Send this one again shortly.',
        );
      }
      queuedReports += reports.length;
      const recorded = store.record(reports);
      waiting.add(recorded);
      try {
        return await recorded;
      } finally {
        queuedReports -= reports.length;
        waiting.delete(recorded);
      }
    },
    async idle() {
      while (waiting.size > 0) await Promise.allSettled(waiting);
    },
  };
}
