import { compareText, type Labels } from '../target.ts';

// A label that is asked for is `key:value`. Keys have no colon, so the first one ends the key whatever the value is.

/** Whether labels are among those that are asked for: of each key one of its values. Nothing asked for is any. */
export function labelMatcher(asked: readonly string[]): (labels: Labels) => boolean {
  const byKey = [...valuesByKey(asked)];
  return (labels) =>
    byKey.every(([key, values]) => Object.hasOwn(labels, key) && values.has(labels[key] ?? ''));
}

/** How many keys are asked for. */
export function keyCount(asked: readonly string[]): number {
  return valuesByKey(asked).size;
}

/** Every label that some targets have, as it is asked for, sorted. */
export function labelsOf(targets: readonly { readonly labels: Labels }[]): string[] {
  const pairs = targets.flatMap(({ labels }) =>
    Object.entries(labels).map(([key, value]) => `${key}:${value}`),
  );
  return [...new Set(pairs)].sort(compareText);
}

function valuesByKey(asked: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byKey = new Map<string, Set<string>>();
  for (const pair of asked) {
    const colon = pair.indexOf(':');
    const key = pair.slice(0, colon);
    byKey.set(key, (byKey.get(key) ?? new Set()).add(pair.slice(colon + 1)));
  }
  return byKey;
}
