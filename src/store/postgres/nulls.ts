/** A row with undefined instead of null. */
type WithoutNulls<R> = {
  readonly [K in keyof R]: Exclude<R[K], null> | (null extends R[K] ? undefined : never);
};

/** Undefined for null, in every column. */
export function withoutNulls<R extends object>(row: R): WithoutNulls<R> {
  const values = Object.entries(row).map(([name, value]) => [name, value ?? undefined]);
  // The cast states what the loop has just done.
  return Object.fromEntries(values) as WithoutNulls<R>;
}
