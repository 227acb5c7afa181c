import { matchesGlob } from '../glob.ts';

/** Whether a name fits one of these names or patterns with `*`. Without a list everything fits, even no name. */
export function nameMatcher(names: readonly string[] | undefined): (name: string | undefined) => boolean {
  if (names === undefined) return () => true;
  const exact = new Set(names);
  const patterns = names.filter(isPattern);
  return (name) =>
    name !== undefined && (exact.has(name) || patterns.some((pattern) => matchesGlob(pattern, name)));
}

export function isPattern(name: string): boolean {
  return name.includes('*');
}
