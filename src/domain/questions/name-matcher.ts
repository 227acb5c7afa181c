import { matchesGlob } from '../glob.ts';

/** Whether a name is one of these, of which each may be a pattern with `*`. Without a list any is, also no name. */
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
