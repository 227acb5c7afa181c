import type Sqlite from 'better-sqlite3';

/** Reads rows as objects, as the statement itself does. */
interface WideRows<P extends unknown[], R> {
  get(...params: P): R | undefined;
  all(...params: P): R[];
}

/**
 * For a statement whose rows have many columns: better-sqlite3 takes twice as long to make an object of a row with
 * forty columns as an array. The statement gives arrays from then on.
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
