import { z } from '@hono/zod-openapi';
import { several } from './query.ts';

/** The requested keys of a row. An unknown key is refused. */
export function fieldsParam(row: z.ZodType) {
  const keys = [...new Set(keysOf(row))];
  return {
    fields: several(z.enum(keys, `must be one of ${keys.join(', ')}`), {
      name: 'fields',
      items: { pattern: `^(${keys.join('|')})$` },
      description: 'Only these keys of each row, in this order; all of them by default.',
    }),
  };
}

function keysOf(row: z.ZodType): string[] {
  if (row instanceof z.ZodObject) return Object.keys(row.shape);
  const options = row instanceof z.ZodUnion ? row.options : [];
  return options.flatMap((option) => (option instanceof z.ZodType ? keysOf(option) : []));
}

/** Each row with only these keys; without `fields` as it is. A row of another kind may lack some. */
export function* withFields(
  rows: Iterable<object>,
  fields: readonly string[] | undefined,
): Generator<object, void> {
  for (const row of rows) yield fields === undefined ? row : picked(row, fields);
}

/** The same for the description of a row. */
export function schemaWithFields(row: z.ZodObject, fields: readonly string[] | undefined): z.ZodObject {
  return fields === undefined ? row : z.object(picked(row.shape, fields));
}

function picked<T>(from: Readonly<Record<string, T>> | object, fields: readonly string[]): Record<string, T> {
  const values = new Map<string, T>(Object.entries(from));
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = values.get(field);
      return value === undefined ? [] : [[field, value]];
    }),
  );
}
