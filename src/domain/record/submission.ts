import type { ErrorCode } from '../errors.ts';
import type { OpenIncident } from '../incident.ts';
import type { PostedReport } from '../report.ts';
import type { Target } from '../target.ts';
import type { Voice } from './facts.ts';

/** Reports that are recorded together or not at all. */
export interface Submission {
  readonly reports: readonly PostedReport[];
  /**
   * An import restores recorded reports: the rule of one voice does not apply, and its events tell only the net
   * change.
   */
  readonly origin: 'report' | 'import';
  /** The name of the token or the person that sent it. */
  readonly actor?: string | undefined;
  /** Whether the sender may take over from a check that is not stale yet: with the scope `admin`. */
  readonly mayTakeOver: boolean;
  /** Patterns of the repos that its token may report about; undefined means all. */
  readonly repos?: readonly string[] | undefined;
  /** The size of the request body that it came in. */
  readonly bytes?: number | undefined;
}

/** A submission with the ids of its findings and sources. */
export interface InternedSubmission extends Omit<Submission, 'reports'> {
  readonly reports: readonly InternedReport[];
}

export interface InternedReport {
  readonly report: PostedReport;
  readonly findingId: number;
  readonly sourceId: number;
  /** Set if it was posted under a former name: the report has the present name of its target. */
  readonly formerly?: { readonly target: Target; readonly renamedAt: number };
}

/** The result of a submission. A refusal is a result, not an exception: it affects no other submission. */
export type Outcome =
  | { readonly kind: 'recorded'; readonly answers: readonly Recorded[] }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly refusals: readonly Refusal[] };

export type RefusalCode = Extract<ErrorCode, 'invalid' | 'conflict' | 'forbidden'>;

/** Which of the reports was refused, and why. */
export type Refusal = RefusalReason & { readonly index: number };

/** Why a report was refused, with what it takes to explain it. Instants are epoch milliseconds. */
export type RefusalReason =
  /** Checked further ahead of the store's clock than a reporter's clock may be. */
  | { readonly kind: 'ahead_of_clock'; readonly lastCheckAt: number; readonly now: number }
  /** Checked before the oldest reports that are kept. */
  | { readonly kind: 'before_retention'; readonly lastCheckAt: number; readonly reportsFrom: number }
  /** The reports of the target that came before it are pruned. */
  | { readonly kind: 'pruned'; readonly lastCheckAt: number; readonly target: Target }
  /** The target was renamed before the check. */
  | {
      readonly kind: 'renamed';
      readonly formerly: Target;
      readonly target: Target;
      readonly renamedAt: number;
    }
  /** The target was renamed, and the token may not report about its present repo. */
  | { readonly kind: 'renamed_elsewhere'; readonly formerly: Target; readonly target: Target }
  /** Another check speaks for the target. */
  | { readonly kind: 'other_check'; readonly target: Target; readonly report: Voice; readonly speaker: Voice }
  /** It would take over before the other check is stale. */
  | {
      readonly kind: 'early_take_over';
      readonly target: Target;
      readonly speaker: Voice;
      readonly staleAt: number;
    };

export const REFUSAL_CODES: Readonly<Record<RefusalReason['kind'], RefusalCode>> = {
  ahead_of_clock: 'invalid',
  before_retention: 'invalid',
  pruned: 'invalid',
  renamed: 'conflict',
  renamed_elsewhere: 'forbidden',
  other_check: 'conflict',
  early_take_over: 'forbidden',
};

/** The result of recording one report. `since`, `staleAt` and `incident` describe the target after the transaction. */
export interface Recorded {
  /** The present name of the target: the report may have been posted under a former one. */
  readonly target: Target;
  /** Other targets with a similar name, if this report is the first of a new target. */
  readonly similar: readonly Target[];
  readonly recorded: 'new' | 'duplicate';
  /**
   * How its finding compares with the report before it; `late` if a newer report existed. A retry gets the same answer
   * as the first try, unless a newer report came between.
   */
  readonly change: 'first' | 'unchanged' | 'changed' | 'late';
  readonly lastCheckAt: number;
  readonly checkedAt: number;
  readonly since: number;
  readonly staleAt: number;
  readonly incident: OpenIncident | undefined;
}
