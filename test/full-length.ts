/** `.ci/full` sets it: repeated tests then run often enough to find a rare fault. */
const IS_FULL_LENGTH = process.env.GITOPS_TEST_FULL_LENGTH === '1';

/** The amount at full length, and the amount otherwise. */
export function atFullLength<T>(full: T, { otherwise }: { otherwise: T }): T {
  return IS_FULL_LENGTH ? full : otherwise;
}

/** For the longest properties: a third of the runs, unless at full length; a ninth if each run is slow. */
export function propertyRuns(
  full: number,
  { isSlow = false }: { isSlow?: boolean } = {},
): { numRuns: number } {
  return { numRuns: atFullLength(full, { otherwise: Math.ceil(full / (isSlow ? 9 : 3)) }) };
}

/** Of a family of like cases that each take a process: all at full length, otherwise `count`, spread evenly. */
export function someOf<T>(cases: readonly T[], count: number): T[] {
  const every = Math.ceil(cases.length / count);
  return cases.filter((_, place) => atFullLength(true, { otherwise: place % every === 0 }));
}
