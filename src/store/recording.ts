import type { Actor } from '../domain/action.ts';
import type { RenameRefusal } from '../domain/record/plan-rename.ts';
import type { Outcome, Submission } from '../domain/record/submission.ts';
import type { Horizons, Pruned } from '../domain/retention.ts';
import type { Labels, Target } from '../domain/target.ts';

/** The result of a declaration. */
export type Declaration =
  /**
   * The target is expected from now on: it is new, or it was deleted. `similar`: targets with a name like that of a new
   * one.
   */
  | { readonly kind: 'declared'; readonly similar: readonly Target[] }
  /** The target existed already, and nothing was written. */
  | { readonly kind: 'unchanged' }
  /** The name is a former one, and nothing was written. */
  | { readonly kind: 'renamed'; readonly target: Target; readonly renamedAt: number };

/** The result of renaming. `similar`: targets with a name like the new one. */
export type Renaming =
  | { readonly kind: 'renamed'; readonly similar: readonly Target[] }
  | { readonly kind: 'refused'; readonly reason: RenameRefusal };

/**
 * The write side of the store. When a promise resolves the change is on disk; when it rejects nothing was changed. Safe
 * to be called concurrently. Each method throws `unavailable` if the store cannot write. `actor` is recorded with the
 * change as an action; absent if the server itself makes the change, by its settings.
 */
export interface Recording {
  /**
   * Records submissions in order of arrival, in one transaction. Each is recorded or refused as a whole, and a refusal
   * affects no other. Periods, incidents and statuses equal the fold over everything recorded so far (`foldHistory`),
   * whatever the order of arrival, and the events are in the event log. Duplicates are recognised, so it is safe to
   * record a report again.
   */
  record(submissions: readonly Submission[]): Promise<readonly Outcome[]>;

  /**
   * Declares targets that are expected to report, in one transaction: until its first report a target is STALE. An
   * existing one stays unchanged, and a deleted one comes back. One result for each, in order.
   */
  declareTargets(
    targets: readonly Target[],
    by: { actor?: Actor | undefined },
  ): Promise<readonly Declaration[]>;

  /**
   * Gives a target another name; it keeps its history. Earlier reports may still arrive under the old name. Refused if
   * the new name has a history, or is a former name of another target.
   */
  renameTarget(names: { from: Target; to: Target }, by: { actor?: Actor | undefined }): Promise<Renaming>;

  /**
   * Removes a target from all answers about the present; its history stays, and a new report brings it back. With
   * `purge` its name is free at once, and its history is removed in small batches, which resume after a restart. False
   * if there is no such target.
   */
  deleteTarget(target: Target, options: { purge: boolean; actor?: Actor | undefined }): Promise<boolean>;

  /**
   * Marks the newest report of each target as deleted if it is a push of this group. The mark lasts until a newer
   * report, and changes nothing else. `check` gets the targets within the transaction; if it throws, nothing is
   * changed. Resolves to the targets.
   */
  deletePushes(group: Labels, check: (targets: readonly Target[]) => void): Promise<readonly Target[]>;

  /**
   * Writes an event for each target whose state has changed by time, for at most `limit` targets in one transaction.
   * Resolves to the number of events; 0 if none are left.
   */
  recordTimeChanges(limit: number): Promise<number>;

  /**
   * Removes rows older than the horizons, in batches of about `batchMs`. The caller lets other writers run between
   * batches and may stop at any of them. The newest report of a target always stays. Answers about instants after the
   * horizons do not change, neither now nor by later reports. Findings and sources without references are removed
   * too, and the rows of purged targets.
   */
  prune(horizons: Horizons, batchMs: number): AsyncIterable<Pruned>;

  /**
   * Removes reports from more than five minutes in the future, recorded while this machine's own clock was ahead. Their
   * targets then equal the fold over the other reports. Resolves to the numbers of reports and targets.
   */
  removeFuture(): Promise<{ readonly reports: number; readonly targets: number }>;

  /** Resolves once a real write has reached the disk. */
  probe(): Promise<void>;
}
