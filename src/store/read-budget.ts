import { DomainError } from '../domain/errors.ts';

/** About how much memory one answer may need. */
const MAX_BYTES = 256 * 1024 * 1024;
const BYTES_PER_ROW = 256;
/** A list of files needs several times as much as its text: each file becomes an object. */
const BYTES_PER_CHARACTER = 4;

/** Counts what an answer reads, so that it is refused while it is made, before it fills the memory. */
export class ReadBudget {
  #bytes = 0;

  /** Counts some rows, and the text of lists in them. Throws `invalid` if it is too much. */
  take(rows: number, characters = 0): void {
    this.#bytes += rows * BYTES_PER_ROW + characters * BYTES_PER_CHARACTER;
    if (this.#bytes > MAX_BYTES) throw tooMuch();
  }

  /** Takes back rows that were dropped. */
  giveBack(rows: number): void {
    this.#bytes -= rows * BYTES_PER_ROW;
  }
}

function tooMuch(): DomainError {
  return new DomainError(
    'invalid',
    'There is too much to read for one answer. Ask for a shorter range (from=, to=), for fewer targets (repo=, ' +
      'server=) or for fewer rows (limit=).',
  );
}
