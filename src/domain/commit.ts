/** The length of a commit's whole name: SHA-1 or SHA-256, in hexadecimal digits. */
const WHOLE = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The fewest digits that Git itself shows of a commit. */
const MIN_DIGITS = 7;

/**
 * Whether two texts name the same commit: they are equal, or one is a whole name of 40 or 64 hexadecimal digits and the
 * other, of at least seven, begins it. Commits are in lower case.
 */
export function sameCommit(a: string, b: string): boolean {
  if (a === b) return true;
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return shorter.length >= MIN_DIGITS && WHOLE.test(longer) && longer.startsWith(shorter);
}
