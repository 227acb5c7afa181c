import type { Outcome, Submission } from '../domain/record/submission.ts';
import type { Horizons, Pruned } from '../domain/retention.ts';
import type { Target } from '../domain/target.ts';

/**
 * What writes. Every verb is whole: it either took place and is on disk when its promise resolves, or it threw and
 * changed nothing. Safe to be called concurrently. Each throws `unavailable` where the store cannot write.
 */
export interface Recording {
  /**
   * Records submissions in order of arrival, in one transaction: each whole or refused, and a refusal fails no other.
   * Periods, incidents and where targets stand equal the fold over everything recorded so far (`foldHistory`),
   * whatever the order of arrival; what happened is in the event log. What was recorded before is recognised:
   * recording again is always safe.
   */
  record(submissions: readonly Submission[]): Promise<readonly Outcome[]>;

  /**
   * Takes a target out of everything that is asked about now; its history stays, and a new report brings it back.
   * With `purge` its name is free at once and its history is removed in small batches, also over a restart. False
   * where there is no such target.
   */
  deleteTarget(target: Target, options: { purge: boolean; actor?: string | undefined }): Promise<boolean>;

  /**
   * Writes down which targets are in another state than was told, by the mere passing of time: at most so many in one
   * transaction. Resolves to how many events were written; 0 where there is nothing more to tell.
   */
  recordTimeChanges(limit: number): Promise<number>;

  /**
   * Takes what is older than the horizons, in batches of about `batchMs` each: whoever iterates lets others write
   * between two of them, and may end at any batch. The newest report of a target is never taken. No answer about an
   * instant from the horizons on changes, neither now nor by reports that are recorded later. What nobody names any
   * more goes too, and what a purge has left behind.
   */
  prune(horizons: Horizons, batchMs: number): AsyncIterable<Pruned>;

  /**
   * Removes what was recorded while this machine's own clock was ahead: reports of more than five minutes from now. What
   * is left of their targets equals the fold over what is left. Resolves to how many reports of how many targets went.
   */
  removeFuture(): Promise<{ readonly reports: number; readonly targets: number }>;

  /** Resolves once a real write has reached the disk. */
  probe(): Promise<void>;
}
