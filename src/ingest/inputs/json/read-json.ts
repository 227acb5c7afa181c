import { DomainError, type FieldError, invalidFields } from '../../../domain/errors.ts';
import { changedByParsing } from './faults.ts';
import { MAX_VALUES, type Piece, scanValue } from './scan.ts';

interface ReadOptions {
  readonly maxDepth: number;
  /** The name of the text in a message if it is not JSON. */
  readonly name?: string;
  /** Whether strings may hold U+0000 and halves of surrogate pairs. */
  readonly anyCharacter?: boolean;
}

/**
 * The value of a JSON text. Throws `malformed` if it is not JSON. Throws `invalid`, with a pointer to each place, if
 * JSON.parse would change what is written: a repeated key, a number that JavaScript does not have, U+0000, half of a
 * surrogate pair. Also throws it if the text is nested deeper than `maxDepth`, or too large to be read in one go.
 */
export function readJson(text: string, options: ReadOptions): unknown {
  const reading = readPiece(text, scanValue(text), options);
  let step = reading.next();
  while (step.done !== true) step = reading.next();
  if ('faults' in step.value) throw invalidFields(step.value.faults);
  return step.value.value;
}

type ReadValue = { readonly value: unknown } | { readonly faults: readonly FieldError[] };

/** The same for a piece of a text. Yields if other work may go first. Throws `malformed` if it is not JSON. */
export function* readPiece(
  text: string,
  piece: Piece,
  { maxDepth, name = 'The body', anyCharacter = false }: ReadOptions,
): Generator<void, ReadValue> {
  if (piece.depth > maxDepth) return fault(`must not be nested deeper than ${maxDepth} levels`);
  if (piece.values > MAX_VALUES) return fault(`must not have more than ${MAX_VALUES} values`);
  const written = text.slice(piece.start, piece.end);
  const value = parse(written, { name, start: piece.start });
  yield;
  // If a key occurs twice, the value has fewer members than were written.
  if (!piece.isDoubtful && countMembers(value) === piece.members) return { value };
  yield;
  const faults = changedByParsing(written, { anyCharacter });
  return faults.length === 0 && anyCharacter ? { value } : { faults };
}

function fault(detail: string): ReadValue {
  return { faults: [{ pointer: '', detail }] };
}

function parse(written: string, { name, start }: { name: string; start: number }): unknown {
  try {
    return JSON.parse(written);
  } catch (reason) {
    throw new DomainError('malformed', `${name} is not JSON: ${wordsOf(reason, start)}`, { cause: reason });
  }
}

/** Only called if the depth is limited. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const one of value) count += countMembers(one);
    return count;
  }
  for (const one of Object.values(value)) count += 1 + countMembers(one);
  return count;
}

/** The engine's words. Position, line and column are those within the piece. */
function wordsOf(reason: unknown, start: number): string {
  const words = reason instanceof Error ? reason.message : String(reason);
  return words
    .replace(/ \(line \d+ column \d+\)/, '')
    .replace(/position (\d+)/, (_, position) => `position ${Number(position) + start}`);
}
