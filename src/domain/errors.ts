/** Everything that may go wrong by design; anything else is a bug. The edges map each code once. */
export type ErrorCode =
  /** The request cannot be understood or contradicts itself; `fieldErrors` say where. */
  | 'invalid'
  | 'not_found'
  /** It contradicts what is there: another check speaks for the target. */
  | 'conflict'
  /** Whoever asks may not do that. */
  | 'forbidden'
  /** More is waiting to be written than may wait; the same request will do later. */
  | 'overloaded'
  /** A question was not answered within the time that it may take. */
  | 'too_slow'
  /** The store cannot write now; nothing was recorded. */
  | 'unavailable';

/** One mistake: where it is (a JSON pointer into the body, or the name of a query parameter) and what to do. */
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
