import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';

/**
 * Rows as CSV (RFC 4180) with a header line, one column per key of the schema: lists become `a; b`, objects whose keys
 * the schema names a column for each of these, other objects `key=value; key=value`, and what a spreadsheet would take
 * for a formula is disarmed.
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
