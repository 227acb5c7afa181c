import type { Field, Frame, Value } from './frame.ts';

/**
 * What `format: timeseries` does to a long frame: a field per number column and set of labels, on shared instants, null
 * without a row. A frame that cannot be converted comes back unchanged, without an error: then a panel shows garbage.
 */
export function longToWide(frame: Frame): Frame {
  const time = frame.fields.find(({ type }) => type === 'time');
  const labelFields = frame.fields.filter(({ type }) => type === 'string' || type === 'boolean');
  const valueFields = frame.fields.filter((field) => field !== time && !labelFields.includes(field));
  if (time === undefined || labelFields.length === 0 || valueFields.length === 0) return frame;
  if (!isAscending(time.values)) return frame;

  const instants = [...new Set(time.values)];
  const rowOf = new Map(instants.map((instant, i) => [instant, i]));
  const series = new Map<string, Record<string, string>>();
  const keys = time.values.map((_, row) => {
    const labels = Object.fromEntries(labelFields.map((field) => [field.name, labelOf(field, row)]));
    const key = JSON.stringify(Object.entries(labels));
    series.set(key, labels);
    return key;
  });
  const inOrder = [...series].sort(([a], [b]) => (a < b ? -1 : 1));
  const wide = valueFields.flatMap(({ name, type, values }) => {
    const columns = new Map(inOrder.map(([key]) => [key, new Array<Value>(instants.length).fill(null)]));
    time.values.forEach((instant, row) => {
      const column = columns.get(keys[row] ?? '');
      if (column !== undefined) column[rowOf.get(instant) ?? 0] = values[row] ?? null;
    });
    return inOrder.map(([key, labels]) => ({ name, type, labels, values: columns.get(key) ?? [] }));
  });
  return { fields: [{ ...time, values: instants, isRequired: true }, ...wide], lost: frame.lost };
}

/** An unknown label is the zero value of its type. */
function labelOf({ type, values }: Field, row: number): string {
  return String(values[row] ?? (type === 'boolean' ? false : ''));
}

export function isAscending(values: readonly Value[]): boolean {
  return values.every((value, i) => {
    const before = values[i - 1];
    return value !== null && (before === undefined || before === null || before <= value);
  });
}
