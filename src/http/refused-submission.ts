import { DomainError, type FieldError } from '../domain/errors.ts';
import type { Outcome, Refusal } from '../domain/record/submission.ts';

const MAX_FIELD_ERRORS = 100;

/** A submission that was not recorded, as an error. `pointerTo` says where in the body the field of a report is. */
export function refusedSubmission(
  { code, refusals }: Extract<Outcome, { kind: 'refused' }>,
  pointerTo?: (refusal: Refusal) => string,
): DomainError {
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  const message = `${refusals[0]?.detail ?? 'The reports were refused.'}${more}`;
  return new DomainError(code, message, {
    fieldErrors:
      pointerTo === undefined
        ? []
        : refusals.slice(0, MAX_FIELD_ERRORS).map((refusal) => toFieldError(refusal, pointerTo)),
  });
}

function toFieldError(refusal: Refusal, pointerTo: (refusal: Refusal) => string): FieldError {
  return { pointer: pointerTo(refusal), detail: refusal.detail };
}
