import type Sqlite from 'better-sqlite3';

/** Reads rows as objects, as the statement itself does. */
interface WideRows<P extends unknown[], R> {
  get(...params: P): R | undefined;
  all(...params: P): R[];
}

/** The position of a value of this type in a row. */
type Position<V> = number & { readonly valueType?: V };

/** The value at a position of a row. */
export function valueAt<V>(row: readonly unknown[], position: Position<V>): V {
  // `positionsIn` makes the positions, and gives each its type.
  return row[position] as V;
}

/** The positions of a statement's values by the names of its columns, for rows that are read as arrays. */
export function positionsIn<R>(statement: Pick<Sqlite.Statement, 'columns'>): {
  readonly [N in keyof R]: Position<R[N]>;
} {
  const names = statement.columns().map(({ name }, i) => [name, i]);
  return Object.fromEntries(names) as { [N in keyof R]: Position<R[N]> };
}

/**
 * For statements with many columns: better-sqlite3 makes an array twice as fast as an object of forty columns. The
 * statement returns arrays from then on.
 */
export function wideRows<P extends unknown[], R>(statement: Sqlite.Statement<P, R>): WideRows<P, R> {
  const names = statement.columns().map(({ name }) => name);
  const arrays = statement.raw(true) as Sqlite.Statement<P, unknown>;
  const toRow = (values: readonly unknown[]): R => {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) row[names[i] as string] = values[i];
    return row as R;
  };
  return {
    get(...params) {
      const values = arrays.get(...params);
      return values === undefined ? undefined : toRow(values as unknown[]);
    },
    all: (...params) => (arrays.all(...params) as unknown[][]).map(toRow),
  };
}
