import { DomainError } from '../domain/errors.ts';

/** A larger answer is useless: the client must have meant something else. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** Rows are written in chunks, so that an answer that is too large is refused before it fills the memory. */
const CHUNK = 1000;

/** The text of an answer. Throws `invalid` where it is too large. */
export function withinLimit(text: string): string {
  if (text.length > MAX_CHARACTERS) throw tooLarge();
  return text;
}

/** A JSON array of rows. Throws `invalid` where it would be too large. */
export function rowsToJson(rows: readonly object[]): string {
  const chunks: string[] = [];
  let length = 0;
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = JSON.stringify(rows.slice(start, start + CHUNK)).slice(1, -1);
    length += chunk.length;
    if (length > MAX_CHARACTERS) throw tooLarge();
    chunks.push(chunk);
  }
  return `[${chunks.join(',')}]`;
}

function tooLarge(): DomainError {
  return new DomainError(
    'invalid',
    `The answer would be larger than ${MAX_CHARACTERS / 1024 / 1024} MiB. Ask for a shorter range (from=, to=), for fewer ` +
      'targets (repo=, server=) or for fewer rows (limit=).',
  );
}
