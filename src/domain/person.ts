const MAX_LENGTH = 255;

/** Control characters, line breaks, and characters that are invisible or change the direction of text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

/** What is wrong with the name of a person, and what would be right; undefined if nothing is wrong. */
export function personNameFault(name: string): string | undefined {
  if (name.trim() === '' || name.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  return UNSEEN.test(name) ? 'must have no control characters' : undefined;
}
