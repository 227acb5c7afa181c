import type { Outcome, Submission } from '../../src/domain/record/submission.ts';
import { aReport, aSubmission, NOON } from '../fixtures.ts';

/** A store that writes only when told to, and remembers what it got together. */
export class SlowStore {
  /** The reports of each transaction, as milliseconds from noon to their check. */
  readonly batches: number[][] = [];
  #finish: (() => void)[] = [];
  refuses: (submission: Submission) => boolean = () => false;
  isSlow = false;
  failure: Error | undefined;

  async record(submissions: readonly Submission[]): Promise<readonly Outcome[]> {
    this.batches.push(submissions.flatMap(timesOf));
    if (this.isSlow) await new Promise<void>((resolve) => this.#finish.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    return submissions.map((submission) => this.#outcomeOf(submission));
  }

  finish(): void {
    for (const resolve of this.#finish.splice(0)) resolve();
  }

  #outcomeOf(submission: Submission): Outcome {
    if (this.refuses(submission)) {
      return {
        kind: 'refused',
        code: 'conflict',
        refusals: [{ index: 0, kind: 'pruned', lastCheckAt: 0, target: { repo: 'a', server: 'b' } }],
      };
    }
    const answers = timesOf(submission).map((n) => {
      const at = NOON + n;
      const told = { lastCheckAt: at, checkedAt: at, since: at, staleAt: at, incident: undefined };
      const target = { repo: 'a', server: 'b' };
      return { target, similar: [], recorded: 'new' as const, change: 'first' as const, ...told };
    });
    return { kind: 'recorded', answers };
  }
}

/** Reports that were checked this many milliseconds after noon. */
export const submission = (...ns: number[]) => aSubmission(ns.map((n) => aReport({ lastCheckAt: NOON + n })));

export const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function timesOf({ reports }: Submission): number[] {
  return reports.map(({ lastCheckAt = 0 }) => lastCheckAt - NOON);
}
