/**
 * Asks one at a time. An answer on its way may be from before what the one who asks now was told: those who come
 * meanwhile share the one after it.
 */
export function oneAtATime<T>(ask: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  const begin = () => {
    next = undefined;
    return ask();
  };
  return () => {
    next ??= last.then(begin, begin);
    last = next;
    return next;
  };
}
