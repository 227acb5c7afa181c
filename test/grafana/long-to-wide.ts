import type { Field, Frame, Value } from './frame.ts';

/**
 * What `format: timeseries` does to a long frame: a field per number column and set of labels, on shared
 * instants, null where there was no row. A frame that cannot be turned comes back as it is, without an error:
 * that is how a panel ends up with garbage.
 */
export function longToWide(frame: Frame): Frame {
  const time = frame.fields.find(({ type }) => type === 'time');
  const labelFields = frame.fields.filter(({ type }) => type === 'string' || type === 'boolean');
  const valueFields = frame.fields.filter((field) => field !== time && !labelFields.includes(field));
  if (time === undefined || labelFields.length === 0 || valueFields.length === 0) return frame;
  if (!isAscending(time.values)) return frame;

  const instants = [...new Set(time.values)];
  const rowOf = new Map(instants.map((instant, i) => [instant, i]));
  const wide = new Map<string, Field & { values: Value[] }>();
  time.values.forEach((instant, row) => {
    const labels = Object.fromEntries(labelFields.map(({ name, values }) => [name, String(values[row])]));
    for (const { name, type, values } of valueFields) {
      const key = JSON.stringify([name, labels]);
      const field = wide.get(key) ?? {
        name,
        type,
        labels,
        values: new Array<Value>(instants.length).fill(null),
      };
      field.values[rowOf.get(instant) ?? 0] = values[row] ?? null;
      wide.set(key, field);
    }
  });
  return { fields: [{ ...time, values: instants }, ...wide.values()], lost: frame.lost };
}

export function isAscending(values: readonly Value[]): boolean {
  return values.every((value, i) => {
    const before = values[i - 1];
    return value !== null && (before === undefined || before === null || before <= value);
  });
}
