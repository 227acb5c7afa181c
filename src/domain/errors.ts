/** Errors that are expected; every other error is a bug. HTTP maps each code to one status. */
export type ErrorCode =
  /** The request cannot be understood or contradicts itself; `fieldErrors` say where. */
  | 'invalid'
  /** The body cannot be read at all: it is not JSON, or not UTF-8. */
  | 'malformed'
  | 'not_found'
  /** It conflicts with existing data: another check speaks for the target. */
  | 'conflict'
  /** The caller may not do that. */
  | 'forbidden'
  /** Too much is waiting already; the same request can be sent again later. */
  | 'overloaded'
  /** A question was not answered within its time limit. */
  | 'too_slow'
  /** The store cannot write now; nothing was recorded. */
  | 'unavailable'
  /** The database is damaged, or is not the one that was opened: a person has to act. */
  | 'unsound';

/**
 * One mistake: where it is (a JSON pointer into the body, or the name of a query parameter) and what to do about it.
 */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly fieldErrors: readonly FieldError[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { fieldErrors?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.fieldErrors = options.fieldErrors ?? [];
  }
}

/** The most mistakes that are reported: reading a body stops there. */
export const MAX_FIELD_ERRORS = 100;

/** An `invalid` error with the first mistake in its message. */
export function invalidFields(fieldErrors: readonly FieldError[]): DomainError {
  const shown = fieldErrors
    .slice(0, 3)
    .map((one) => `${one.parameter ?? (one.pointer || 'the body')}: ${one.detail}`);
  const more = fieldErrors.length > shown.length ? ` (and ${fieldErrors.length - shown.length} more)` : '';
  return new DomainError('invalid', `${shown.join('; ')}${more}`, { fieldErrors });
}
