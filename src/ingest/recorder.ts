import { DomainError } from '../domain/errors.ts';
import type { Outcome, Submission } from '../domain/record/submission.ts';
import type { Recording } from '../store/recording.ts';

/** Records new reports; no other code does. */
export interface Recorder {
  /**
   * Records the reports of a submission together or not at all. Resolves to the outcome once they are on disk or
   * refused. Submissions that wait at the same time share one transaction and one flush to the disk. Throws
   * `overloaded` if too many wait, and `unavailable` if the store cannot write.
   */
  submit(submission: Submission): Promise<Outcome>;
  /** Resolves once nothing is waiting. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly submission: Submission;
  /** In milliseconds of `performance.now()`. */
  readonly arrivedAt: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The most reports of one transaction, so that the next group does not wait long. */
const MAX_GROUP = 2000;
/** The same for their request bodies: writing 1 MiB takes tens of milliseconds. */
const MAX_GROUP_BYTES = 1024 ** 2;

interface RecorderOptions {
  readonly store: Pick<Recording, 'record'>;
  readonly maxQueuedReports: number;
  /** Called for each submission that is recorded or refused. `seconds`: since it arrived. */
  readonly onOutcome?: (submission: Submission, outcome: Outcome, seconds: number) => void;
}

export function createRecorder({ store, maxQueuedReports, onOutcome }: RecorderOptions): Recorder {
  const queue: Waiting[] = [];
  let queuedReports = 0;
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // Submissions of the same turn of the event loop belong in the same group.
      await new Promise((resolve) => setImmediate(resolve));
      const group = takeGroup(queue);
      await writeGroup(group);
      for (const { submission } of group) queuedReports -= submission.reports.length;
    }
    draining = undefined;
  }

  /** Never throws: an error rejects the promises of the group. */
  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await store.record(group.map(({ submission }) => submission));
      const now = performance.now();
      for (const [i, { submission, arrivedAt, resolve, reject }] of group.entries()) {
        const outcome = outcomes[i];
        if (outcome === undefined) reject(new Error('The store did not say what a submission came to.'));
        else {
          onOutcome?.(submission, outcome, (now - arrivedAt) / 1000);
          resolve(outcome);
        }
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return {
    submit(submission) {
      const count = submission.reports.length;
      if (queuedReports + count > maxQueuedReports) {
        const detail = 'Too many reports are waiting to be written. Send this one again shortly.';
        return Promise.reject(new DomainError('overloaded', detail));
      }
      queuedReports += count;
      return new Promise((resolve, reject) => {
        queue.push({ submission, arrivedAt: performance.now(), resolve, reject });
        draining ??= drain();
      });
    },
    async idle() {
      while (draining !== undefined) await draining;
    },
  };
}

/** The submissions that have waited longest, up to the limit of a transaction, but at least one. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let reports = 0;
  let bytes = 0;
  const end = queue.findIndex(({ submission }, i) => {
    reports += submission.reports.length;
    bytes += submission.bytes ?? 0;
    return i > 0 && (reports > MAX_GROUP || bytes > MAX_GROUP_BYTES);
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}
