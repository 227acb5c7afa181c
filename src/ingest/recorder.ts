import { DomainError } from '../domain/errors.ts';
import type { Outcome, Submission } from '../domain/record/submission.ts';
import type { Recording } from '../store/recording.ts';

/** The one door to the store for new reports. */
export interface Recorder {
  /**
   * Records the reports of a submission together or not at all, and resolves once they are on disk, or to why they were
   * refused. Submissions that wait at the same time share one transaction, so one flush to the disk serves them all.
   * Throws `overloaded` where more would have to wait than may, `unavailable` where the store cannot write.
   */
  submit(submission: Submission): Promise<Outcome>;
  /** Resolves once nothing waits any more. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** How many reports share a transaction at most, so that nobody waits long for the one before. */
const MAX_GROUP = 2000;

export function createRecorder({
  store,
  maxQueuedReports,
}: {
  store: Pick<Recording, 'record'>;
  maxQueuedReports: number;
}): Recorder {
  const queue: Waiting[] = [];
  let queuedReports = 0;
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // What arrives in the same turn of the event loop belongs in the same group.
      await new Promise((resolve) => setImmediate(resolve));
      await writeGroup(store, takeGroup(queue));
    }
    draining = undefined;
  }

  return {
    async submit(submission) {
      const count = submission.reports.length;
      if (queuedReports + count > maxQueuedReports) {
        throw new DomainError(
          'overloaded',
          'Too many reports are waiting to be written. Send this one again shortly.',
        );
      }
      queuedReports += count;
      try {
        return await new Promise((resolve, reject) => {
          queue.push({ submission, resolve, reject });
          draining ??= drain();
        });
      } finally {
        queuedReports -= count;
      }
    },
    async idle() {
      while (draining !== undefined) await draining;
    },
  };
}

/** As many of those that wait longest as may share a transaction, but always the first. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let reports = 0;
  const end = queue.findIndex(({ submission }, i) => {
    reports += submission.reports.length;
    return i > 0 && reports > MAX_GROUP;
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}

/** Never throws: whatever goes wrong is told to those who wait. */
async function writeGroup(store: Pick<Recording, 'record'>, group: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await store.record(group.map(({ submission }) => submission));
    for (const [i, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined) reject(new Error('The store did not say what a submission came to.'));
      else resolve(outcome);
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
