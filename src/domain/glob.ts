/**
 * Whether the whole text matches the pattern. `*` stands for any characters, slashes included, or for none; every other
 * character stands for itself. So `team-a/*` matches everything that starts with `team-a/`, but neither `team-a` nor
 * `team-ab/x`. It takes time in proportion to the length of the text.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...middle] = pattern.split('*');
  const last = middle.pop();
  if (last === undefined) return text === pattern;
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of middle) {
    // The first match leaves the most text for the other parts.
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
}
