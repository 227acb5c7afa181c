import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';

/**
 * Rows as CSV (RFC 4180) with a header line and a column for each key of the schema. Lists become `a; b`; objects
 * become one column for each key that the schema names, others become `key=value; key=value`. Values that a
 * spreadsheet would run as formulas are escaped.
 */
export function toCsv(rows: readonly object[], schema: z.ZodObject): string {
  const columns = columnsOf(schema);
  const records = rows.map((row) => {
    const cells = new Map(cellsOf(row, new Set(columns)));
    return columns.map((column) => cells.get(column));
  });
  return stringify(records, {
    header: true,
    columns,
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { boolean: String },
  });
}

function columnsOf(schema: z.ZodObject, prefix = ''): string[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const inner = field instanceof z.ZodNullable ? field.unwrap() : field;
    return inner instanceof z.ZodObject ? columnsOf(inner, `${prefix}${key}_`) : [`${prefix}${key}`];
  });
}

function cellsOf(row: object, columns: ReadonlySet<string>, prefix = ''): [string, unknown][] {
  return Object.entries(row).flatMap(([key, value]): [string, unknown][] => {
    const name = `${prefix}${key}`;
    if (Array.isArray(value)) return [[name, value.map(nameOf).join('; ')]];
    if (typeof value !== 'object' || value === null) return [[name, value]];
    return columns.has(name) ? [[name, pairsOf(value)]] : cellsOf(value, columns, `${name}_`);
  });
}

function pairsOf(value: object): string {
  return Object.entries(value)
    .map(([key, one]) => `${key}=${one}`)
    .join('; ');
}

function nameOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'name' in item ? item.name : item;
}
