import { compareText, type Labels } from '../target.ts';

// A requested label is `key:value`. Keys have no colon, so the first colon ends the key.

/** Whether labels fit the requested ones: for each key one of its values. Any labels fit an empty request. */
export function labelMatcher(asked: readonly string[]): (labels: Labels) => boolean {
  const byKey = [...valuesByKey(asked)];
  return (labels) =>
    byKey.every(([key, values]) => Object.hasOwn(labels, key) && values.has(labels[key] ?? ''));
}

/** How many keys are requested. */
export function keyCount(asked: readonly string[]): number {
  return valuesByKey(asked).size;
}

/** Every label of some targets in the form of a request, sorted. */
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
