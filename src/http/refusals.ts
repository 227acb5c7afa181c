import { DomainError, MAX_FIELD_ERRORS } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Voice } from '../domain/record/facts.ts';
import type { Outcome, RefusalReason } from '../domain/record/submission.ts';
import type { Target } from '../domain/target.ts';

/** The field of a report that each reason is about. */
const FIELDS = {
  ahead_of_clock: 'last_check',
  before_retention: 'last_check',
  pruned: 'last_check',
  renamed: 'repo',
  renamed_elsewhere: 'repo',
  other_check: 'check',
  early_take_over: 'takes_over',
} as const satisfies Record<RefusalReason['kind'], string>;

/** The error for a submission that was not recorded. `pointerTo` gives the place of a report's field in the body. */
export function refusedSubmission(
  { code, refusals }: Extract<Outcome, { kind: 'refused' }>,
  pointerTo?: (index: number, field: string) => string,
): DomainError {
  const [first] = refusals;
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  const message = first === undefined ? 'The reports were refused.' : `${refusalText(first)}${more}`;
  const fieldErrors = refusals.slice(0, MAX_FIELD_ERRORS).map((refusal) => ({
    pointer: pointerTo?.(refusal.index, FIELDS[refusal.kind]) ?? '',
    detail: refusalText(refusal),
  }));
  return new DomainError(code, message, { fieldErrors: pointerTo === undefined ? [] : fieldErrors });
}

/** Why a report was refused and what to do about it, for people. */
export function refusalText(reason: RefusalReason): string {
  switch (reason.kind) {
    case 'ahead_of_clock':
      return (
        `last_check is ${formatInstant(reason.lastCheckAt)}, but the server's clock says ` +
        `${formatInstant(reason.now)}: more than 5 minutes ahead. Set the clock of the machine that ran the check.`
      );
    case 'before_retention':
      return (
        `last_check is ${formatInstant(reason.lastCheckAt)}, older than the stored reports: ` +
        `reports are kept from ${formatInstant(reason.reportsFrom)} on (GITOPS_STATUS_RETENTION_REPORTS).`
      );
    case 'pruned':
      return (
        `last_check is ${formatInstant(reason.lastCheckAt)}, older than the stored reports: the reports of ` +
        `${targetText(reason.target)} from before it were removed (GITOPS_STATUS_RETENTION_REPORTS).`
      );
    case 'renamed':
      return `${renamedText(reason.formerly, reason)}. Report under the new name.`;
    case 'renamed_elsewhere':
      return (
        `${targetText(reason.formerly)} is now called ${targetText(reason.target)}, and the token may not ` +
        `report about the repo ${reason.target.repo}.`
      );
    case 'other_check':
      return (
        `${nameOf(reason.report)} cannot speak for ${targetText(reason.target)}: ${nameOf(reason.speaker)} does. ` +
        `Give each check a repo name of its own, or ${wayToReplace(reason.report)}.`
      );
    case 'early_take_over':
      return (
        `${nameOf(reason.speaker)} speaks for ${targetText(reason.target)} until ${formatInstant(reason.staleAt)}: ` +
        'to take over before that, use a token with the scope admin.'
      );
  }
}

/** Says that a target has another name now, and since when. */
export function renamedText(
  formerly: Target,
  { target, renamedAt }: { readonly target: Target; readonly renamedAt: number },
): string {
  return `${targetText(formerly)} has been called ${targetText(target)} since ${formatInstant(renamedAt)}`;
}

/** The text format of a push has no field that could take over. */
function wayToReplace({ pushed }: Voice): string {
  return pushed
    ? 'delete the target first (DELETE /api/v1/targets) to push about it from now on'
    : 'send takes_over: true once to replace the other one';
}

function nameOf({ check, pushed }: Voice): string {
  if (pushed) return check === undefined ? 'a push without a further grouping key' : `the push ${check}`;
  return check === undefined ? 'a report without a check' : `the check "${check}"`;
}

export function targetText({ repo, server }: Target): string {
  return `${repo} on ${server}`;
}
