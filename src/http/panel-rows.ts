import { shownName, shownNames, shownText } from '../domain/shown.ts';
import { nameOf } from './csv.ts';

/** A row for panels before its list of files is one text. */
export type WithFiles<R> = Omit<R, 'files'> & { readonly files: readonly string[] };

/**
 * Rows as panels show them, which draw any text as it is. Lists become one text, null if empty, and text is written for
 * people (`shown.ts`). `isRaw`: text as it was posted.
 */
export function* toPanelRows(
  rows: Iterable<object>,
  { isRaw }: { readonly isRaw: boolean },
): Generator<object, void> {
  const cellOf = isRaw ? postedCell : shownCell;
  for (const row of rows) {
    yield Object.fromEntries(Object.entries(row).map(([key, value]) => [key, cellOf(key, value)]));
  }
}

function shownCell(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return shownNames(value.map(nameOf), ',') || null;
  if (typeof value !== 'string') return value;
  return key === 'name' ? shownName(value) : shownText(value);
}

function postedCell(_: string, value: unknown): unknown {
  return Array.isArray(value) ? value.map(nameOf).join(', ') || null : value;
}
