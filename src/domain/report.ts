import type { FindingContent, Json } from './finding.ts';
import type { Labels, Target } from './target.ts';

/** The content of a report about one target, from any input. Instants are epoch milliseconds. */
export interface ReportContent {
  readonly target: Target;
  readonly finding: FindingContent;
  /** How long after `checkedAt` the target becomes stale, unless a newer report arrives. */
  readonly staleAfterMs: number;
  /** As posted: the interval after which the next report is due. */
  readonly expectedIntervalS: number | undefined;
  /** As posted: a grace period instead of the one derived from the interval. */
  readonly staleAfterS: number | undefined;
  /** The name of the check; of a push, its grouping key without repo, server and instance. */
  readonly check: string | undefined;
  /** Whether it was pushed through the Pushgateway endpoints. */
  readonly pushed: boolean;
  /** The labels of the path of a push, in the order of their names; undefined if they are not known. */
  readonly pushGroup: Labels | undefined;
  /** Whether a deploy of `commit` had just succeeded. */
  readonly afterDeploy: boolean;
  /** Undefined: the labels of the target stay as they are. */
  readonly labels: Labels | undefined;
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  readonly tool: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  readonly runUrl: string | undefined;
  readonly durationMs: number | undefined;
  /** All other posted fields, unchanged. */
  readonly extra: { readonly [key: string]: Json };
}

/** A recorded report. (`checkedAt`, `receivedAt`) is its position among the reports of its target. */
export interface Report extends ReportContent {
  /** When the check ended by the reporter's clock: `last_check` on the wire. */
  readonly lastCheckAt: number;
  /** The same, but never after the arrival: see `checkedAtOf`. */
  readonly checkedAt: number;
  /** When it arrived, plus some milliseconds if another report of the same `checkedAt` was there already. */
  readonly receivedAt: number;
}

/** A report to be recorded. */
export interface PostedReport extends ReportContent {
  /** Undefined for a push, which counts as checked when it arrives. */
  readonly lastCheckAt: number | undefined;
  /** Whether it takes over from another check: see `voice.ts`. */
  readonly takesOver: boolean;
  /** Only set by an import; otherwise they are decided when the report is recorded. */
  readonly checkedAt?: number;
  readonly receivedAt?: number;
}

/** The fields that a report may leave out, without values. */
export const BARE_REPORT: Omit<PostedReport, 'target' | 'finding' | 'staleAfterMs' | 'lastCheckAt'> = {
  expectedIntervalS: undefined,
  staleAfterS: undefined,
  check: undefined,
  pushed: false,
  pushGroup: undefined,
  afterDeploy: false,
  labels: undefined,
  commit: undefined,
  branch: undefined,
  tool: undefined,
  error: undefined,
  errorKind: undefined,
  runUrl: undefined,
  durationMs: undefined,
  extra: {},
  takesOver: false,
};

/** How far a reporter's clock may run ahead of ours. */
export const MAX_AHEAD_MS = 5 * 60_000;

/** The longest interval that a report may state: 31 days. */
export const MAX_EXPECTED_INTERVAL_S = 31 * 86_400;

/** The longest grace period that a report may set. */
export const MAX_STALE_AFTER_S = 7 * 86_400;

/**
 * How long a report is valid. Three intervals tolerate two lost runs; at least three minutes after the next one is due
 * tolerate a slow run. A grace period in the report comes first. A report without both gets the server's default.
 */
export function staleAfter(
  {
    expectedIntervalS,
    staleAfterS,
  }: { expectedIntervalS: number | undefined; staleAfterS?: number | undefined },
  defaultMs: number,
): number {
  if (staleAfterS !== undefined) return Math.min(staleAfterS, MAX_STALE_AFTER_S) * 1000;
  if (expectedIntervalS === undefined) return defaultMs;
  return Math.max(3 * expectedIntervalS, expectedIntervalS + 180) * 1000;
}
