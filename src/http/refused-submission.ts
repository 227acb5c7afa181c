import { DomainError, type Fault } from '../domain/errors.ts';
import type { Outcome, Refusal } from '../domain/record/submission.ts';

const MAX_FAULTS = 100;

/** A submission that was not recorded, as an error. `pointerTo` says where in the body the field of a report is. */
export function refusedSubmission(
  { code, faults }: Extract<Outcome, { kind: 'refused' }>,
  pointerTo?: (refusal: Refusal) => string,
): DomainError {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const message = `${faults[0]?.detail ?? 'The reports were refused.'}${more}`;
  return new DomainError(code, message, {
    faults:
      pointerTo === undefined ? [] : faults.slice(0, MAX_FAULTS).map((fault) => toFault(fault, pointerTo)),
  });
}

function toFault(refusal: Refusal, pointerTo: (refusal: Refusal) => string): Fault {
  return { pointer: pointerTo(refusal), detail: refusal.detail };
}
