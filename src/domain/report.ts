import type { FindingContent, Json } from './finding.ts';
import { formatInstant } from './instant.ts';
import type { Target } from './target.ts';

/** What one drift check posted about one target. Instants are epoch milliseconds. */
export interface Report {
  readonly target: Target;
  /** When the check ended, by the reporter's clock (`last_check` on the wire). */
  readonly checkedAt: number;
  /** When it arrived here. */
  readonly receivedAt: number;
  readonly finding: FindingContent;
  /** How long after `checkedAt` the target counts as stale, unless something newer arrives. */
  readonly staleAfterMs: number;
  readonly expectedIntervalS: number | undefined;
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

/** How far a reporter's clock may run ahead of ours. */
export const MAX_AHEAD_MS = 5 * 60_000;

/**
 * How long a report speaks for its target: three intervals forgive two lost runs, and at least three minutes
 * beyond the next one forgive a slow one. Without an interval, the server's default.
 */
export function staleAfter(expectedIntervalS: number | undefined, defaultMs: number): number {
  if (expectedIntervalS === undefined) return defaultMs;
  return Math.max(3 * expectedIntervalS, expectedIntervalS + 180) * 1000;
}

/**
 * Why a report of this instant cannot be taken, in words a person can act on; undefined where it can.
 * Past the raw horizon its neighbours are gone, so its place in history could no longer be told.
 */
export function instantRefusal(
  checkedAt: number,
  { now, retentionMs }: { now: number; retentionMs: number },
): string | undefined {
  if (checkedAt > now + MAX_AHEAD_MS) {
    return (
      `last_check is ${formatInstant(checkedAt)}, but the server's clock says ${formatInstant(now)}: ` +
      'more than 5 minutes ahead. Set the clock of the machine that ran the check.'
    );
  }
  if (checkedAt < now - retentionMs) {
    return (
      `last_check is ${formatInstant(checkedAt)}, older than what is kept: ` +
      `reports are kept from ${formatInstant(now - retentionMs)} on (GITOPS_STATUS_RETENTION_REPORTS).`
    );
  }
  return undefined;
}
