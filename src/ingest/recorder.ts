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

interface Submission {
  readonly reports: readonly Report[];
  readonly resolve: (recorded: readonly Recorded[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How many reports share a transaction at most, so that no reader waits long for the writer. */
const MAX_GROUP = 2000;

export function createRecorder({
  store,
  maxQueuedReports,
}: {
  store: Pick<Store, 'record'>;
  maxQueuedReports: number;
}): Recorder {
  const queue: Submission[] = [];
  let queuedReports = 0;
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // What arrives in the same turn of the event loop belongs in the same group.
      await new Promise((resolve) => setImmediate(resolve));
      const group = takeGroup(queue);
      queuedReports -= countReports(group);
      await writeGroup(store, group);
    }
    draining = undefined;
  }

  return {
    submit(reports) {
      if (queuedReports + reports.length > maxQueuedReports) {
        return Promise.reject(
          new DomainError(
            'overloaded',
            'Too many reports are waiting to be written. Send this one again shortly.',
          ),
        );
      }
      queuedReports += reports.length;
      const recorded = new Promise<readonly Recorded[]>((resolve, reject) => {
        queue.push({ reports, resolve, reject });
      });
      draining ??= drain();
      return recorded;
    },
    async idle() {
      await draining;
    },
  };
}

/** As many of those that wait longest as may share a transaction, but always the first. */
function takeGroup(queue: Submission[]): Submission[] {
  let reports = 0;
  const end = queue.findIndex((next, i) => {
    reports += next.reports.length;
    return i > 0 && reports > MAX_GROUP;
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}

/**
 * Where the group fails, each submission is tried alone: one that cannot be stored takes no other with it. Not so
 * where the store cannot write at all: each try would wait for the lock again, and everybody with it.
 */
async function writeGroup(store: Pick<Store, 'record'>, group: readonly Submission[]): Promise<void> {
  try {
    const recorded = await store.record(group.flatMap(({ reports }) => reports));
    let start = 0;
    for (const { reports, resolve } of group) {
      resolve(recorded.slice(start, start + reports.length));
      start += reports.length;
    }
  } catch (error) {
    if (group.length === 1 || isUnavailable(error)) for (const { reject } of group) reject(error);
    else for (const submission of group) await writeGroup(store, [submission]);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable';
}

function countReports(group: readonly Submission[]): number {
  return group.reduce((count, { reports }) => count + reports.length, 0);
}
