/** Words at the end of a name that only give the unit. */
const UNITS: ReadonlySet<string> = new Set(
  's ms sec secs second seconds millis milliseconds min mins minutes'.split(' '),
);

/** The most warnings about the keys of one report. */
const MAX_WARNINGS = 10;
/** A shorter word is too likely to be a different word. */
const MIN_TYPO_LENGTH = 5;

/**
 * Recognises misspelled keys: in another case, with other separators, without the unit, in the singular or plural, or
 * with one wrong letter.
 */
export function namesMeant(known: readonly string[]): (key: string) => string | undefined {
  const byStem = new Map(known.map((name) => [stemOf(name), name]));

  return (key) => {
    const stem = stemOf(key);
    const name = byStem.get(stem);
    if (name !== undefined || stem.length < MIN_TYPO_LENGTH) return name;
    return [...byStem].find(([other]) => other.length >= MIN_TYPO_LENGTH && isOneEditAway(stem, other))?.[1];
  };
}

/** A warning for each key that is probably a misspelling of a known one. */
export function misspelledKeyWarnings(known: readonly string[]): (keys: Iterable<string>) => string[] {
  const meantBy = namesMeant(known);
  return (keys) => {
    const warnings: string[] = [];
    for (const key of keys) {
      const name = meantBy(key);
      if (name === undefined) continue;
      warnings.push(
        `"${key}" is not a field of a report, so it was only stored with it. If you meant "${name}", send it as "${name}".`,
      );
      if (warnings.length === MAX_WARNINGS) break;
    }
    return warnings;
  };
}

/** The letters of a name without the parts that writers often get wrong. */
function stemOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (words.length > 1 && UNITS.has(words.at(-1) ?? '')) words.pop();
  return words.join('').replace(/s$/, '');
}

/** One letter is added, missing or different, or two have changed places. */
function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const [restA, restB] = [a.slice(start, endA), b.slice(start, endB)];
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}
