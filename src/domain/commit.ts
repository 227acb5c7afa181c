/** The length of a commit's whole name: SHA-1 or SHA-256, in hexadecimal digits. */
const WHOLE = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The fewest digits that Git itself shows of a commit. */
export const MIN_DIGITS = 7;

/**
 * Whether two texts name the same commit: they are equal, or one is a whole name of 40 or 64 hexadecimal digits and the
 * other, of at least seven, is a prefix of it. Commits are in lower case.
 */
export function sameCommit(a: string, b: string): boolean {
  if (a === b) return true;
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return shorter.length >= MIN_DIGITS && WHOLE.test(longer) && longer.startsWith(shorter);
}

/** Whether a text is the whole name of a commit. */
export function isWholeCommit(text: string): boolean {
  return WHOLE.test(text);
}

/** Whether a text is a whole name, or a prefix that is long enough to name a commit. */
export function canNameCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(text);
}

/** The shorter prefixes of a text that are long enough to name a commit. */
export function shorterNames(text: string): string[] {
  const count = Math.max(0, text.length - MIN_DIGITS);
  return Array.from({ length: count }, (_, i) => text.slice(0, MIN_DIGITS + i));
}

/** Whether a text and the name of a commit are equal, or one is a prefix of the other. */
export function isRelated(text: string, name: string): boolean {
  return name === text || name.startsWith(text) || shorterNames(text).includes(name);
}
