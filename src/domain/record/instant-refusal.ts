import { formatInstant } from '../instant.ts';
import { MAX_AHEAD_MS } from '../report.ts';
import type { Target } from '../target.ts';

/** Why a report of this instant cannot be taken, in words a person can act on; undefined where it can. */
export function instantRefusal(
  lastCheckAt: number,
  { now, reportsFrom }: { now: number; reportsFrom: number },
): string | undefined {
  if (lastCheckAt > now + MAX_AHEAD_MS) {
    return (
      `last_check is ${formatInstant(lastCheckAt)}, but the server's clock says ${formatInstant(now)}: ` +
      'more than 5 minutes ahead. Set the clock of the machine that ran the check.'
    );
  }
  if (lastCheckAt < reportsFrom) {
    return (
      `last_check is ${formatInstant(lastCheckAt)}, older than what is kept: ` +
      `reports are kept from ${formatInstant(reportsFrom)} on (GITOPS_STATUS_RETENTION_REPORTS).`
    );
  }
  return undefined;
}

export function prunedText(lastCheckAt: number, { repo, server }: Target): string {
  return (
    `last_check is ${formatInstant(lastCheckAt)}, older than what is kept: of ${repo} on ${server} the reports ` +
    'before it are pruned (GITOPS_STATUS_RETENTION_REPORTS).'
  );
}
