const MAX_LENGTH = 255;

/** Controls, line breaks, and what changes the direction of text or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

/** What is wrong with the name of a person, with what would be right; undefined where nothing is. */
export function personNameFault(name: string): string | undefined {
  if (name.trim() === '' || name.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  return UNSEEN.test(name) ? 'must have no control characters' : undefined;
}
