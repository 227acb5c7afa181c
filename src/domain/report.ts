import type { FindingContent, Json } from './finding.ts';
import type { Labels, Target } from './target.ts';

/** What one drift check says about one target, whoever sends it. Instants are epoch milliseconds. */
export interface ReportContent {
  readonly target: Target;
  readonly finding: FindingContent;
  /** How long after `checkedAt` the target counts as stale, unless something newer arrives. */
  readonly staleAfterMs: number;
  /** As posted: when the next report is due. */
  readonly expectedIntervalS: number | undefined;
  /** As posted: a grace of its own instead of the rule. */
  readonly staleAfterS: number | undefined;
  /** Which check of the target speaks; of a push, its grouping key without repo, server and instance. */
  readonly check: string | undefined;
  /** Whether it came as a push to Pushgateway would. */
  readonly pushed: boolean;
  /** Whether a deploy of `commit` had just succeeded. */
  readonly afterDeploy: boolean;
  /** Undefined leaves the target's as they are. */
  readonly labels: Labels | undefined;
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  readonly tool: string | undefined;
  readonly error: string | undefined;
  readonly errorKind: string | undefined;
  readonly runUrl: string | undefined;
  readonly durationMs: number | undefined;
  /** Whatever else was posted, kept as it came. */
  readonly extra: { readonly [key: string]: Json };
}

/** A report as it is recorded: given an order among those of its target, (`checkedAt`, `receivedAt`). */
export interface Report extends ReportContent {
  /** When the check ended, by the reporter's clock: `last_check` on the wire. */
  readonly lastCheckAt: number;
  /** The same, but never after it arrived: see `checkedAtOf`. */
  readonly checkedAt: number;
  /** When it arrived, moved on by milliseconds where another report of the same `checkedAt` was there already. */
  readonly receivedAt: number;
}

/** A report that asks to be recorded. */
export interface PostedReport extends ReportContent {
  /** Undefined for a push: it was checked when it arrives. */
  readonly lastCheckAt: number | undefined;
  /** Whether it may speak for its target although another check did: see `voice.ts`. */
  readonly takesOver: boolean;
  /** Only an import knows these two; else they are decided where it is recorded. */
  readonly checkedAt?: number;
  readonly receivedAt?: number;
}

/** Whatever a report may leave out, left out: to begin one with. */
export const BARE_REPORT: Omit<PostedReport, 'target' | 'finding' | 'staleAfterMs' | 'lastCheckAt'> = {
  expectedIntervalS: undefined,
  staleAfterS: undefined,
  check: undefined,
  pushed: false,
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

/** The longest grace that a report may ask for itself. */
export const MAX_STALE_AFTER_S = 7 * 86_400;

/**
 * How long a report speaks for its target: three intervals forgive two lost runs, and at least three minutes
 * beyond the next one forgive a slow one. A grace of its own comes first; without either, the server's default.
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
