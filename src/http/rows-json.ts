import { DomainError } from '../domain/errors.ts';

/** A larger answer is useless: most likely the client did not mean it. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * Rows that are made one by one while they are written. All at once may need far more memory than their sources,
 * because many share their files.
 */
export interface Rows<T> extends Iterable<T> {
  readonly length: number;
}

export function rowsOf<S, T>(items: readonly S[], toRow: (item: S) => T): Rows<T> {
  return {
    length: items.length,
    *[Symbol.iterator]() {
      for (const item of items) yield toRow(item);
    },
  };
}

/** The first `limit` rows; the others are not made. */
export function* firstRows<T>(rows: Iterable<T>, limit = Number.POSITIVE_INFINITY): Generator<T, void> {
  let left = limit;
  for (const row of rows) {
    yield row;
    left--;
    if (left <= 0) return;
  }
}

/** The text of an answer. Throws `invalid` if it is too large. */
export function withinLimit(text: string): string {
  if (text.length > MAX_CHARACTERS) throw tooLarge();
  return text;
}

/** A JSON array of rows. Throws `invalid` as soon as it is too large. */
export function rowsToJson(rows: Iterable<object>): string {
  const texts: string[] = [];
  for (const { text } of inJson(rows)) texts.push(text);
  return `[${texts.join(',')}]`;
}

/** Rows for an answer in another format. Throws `invalid` as soon as they would be too large as JSON. */
export function boundedRows<T extends object>(rows: Iterable<T>): T[] {
  return Array.from(inJson(rows), ({ row }) => row);
}

function* inJson<T extends object>(rows: Iterable<T>): Generator<{ row: T; text: string }, void> {
  let length = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    length += text.length;
    if (length > MAX_CHARACTERS) throw tooLarge();
    yield { row, text };
  }
}

function tooLarge(): DomainError {
  return new DomainError(
    'invalid',
    `The answer would be larger than ${MAX_CHARACTERS / 1024 / 1024} MiB. Ask for a shorter range (from=, to=), for fewer ` +
      'targets (repo=, server=) or for fewer rows (limit=).',
  );
}
