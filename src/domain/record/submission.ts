import type { ErrorCode } from '../errors.ts';
import type { OpenIncident } from '../incident.ts';
import type { PostedReport } from '../report.ts';

/** Reports that are recorded together or not at all. */
export interface Submission {
  readonly reports: readonly PostedReport[];
  /** An import brings back what was recorded before: no voice is asked for, and its events are told as one. */
  readonly origin: 'report' | 'import';
  /** The name of the token or the person behind it. */
  readonly actor?: string | undefined;
  /** Whether it may take over from a check that is not stale yet: the scope `admin`. */
  readonly mayTakeOver: boolean;
}

/** A submission whose findings and sources have their numbers. */
export interface InternedSubmission extends Omit<Submission, 'reports'> {
  readonly reports: readonly InternedReport[];
}

export interface InternedReport {
  readonly report: PostedReport;
  readonly findingId: number;
  readonly sourceId: number;
}

/** What a submission came to. A refusal is an outcome: it fails no other submission. */
export type Outcome =
  | { readonly kind: 'recorded'; readonly answers: readonly Recorded[] }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly refusals: readonly Refusal[] };

export type RefusalCode = Extract<ErrorCode, 'invalid' | 'conflict' | 'forbidden'>;

/** Which of the reports was refused, for which of its fields, and what to do. */
export interface Refusal {
  readonly index: number;
  readonly field: 'last_check' | 'check' | 'takes_over';
  readonly detail: string;
}

/** What recording one report came to. `since`, `staleAt` and `incident` describe the target as it now stands. */
export interface Recorded {
  readonly recorded: 'new' | 'duplicate';
  /**
   * How its finding compares with the report before it; `late` where a newer one was already there. A retry is told
   * what the first try was told, as long as nothing newer came between.
   */
  readonly change: 'first' | 'unchanged' | 'changed' | 'late';
  readonly lastCheckAt: number;
  readonly checkedAt: number;
  readonly since: number;
  readonly staleAt: number;
  readonly incident: OpenIncident | undefined;
}
