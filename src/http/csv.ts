import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';

/**
 * Rows as CSV (RFC 4180) with a header line, one column per key of the schema: lists become `a; b`, objects a
 * column per key of theirs, and what a spreadsheet would take for a formula is disarmed.
 */
export function toCsv(rows: readonly object[], schema: z.ZodObject): string {
  const columns = columnsOf(schema);
  const records = rows.map((row) => {
    const cells = new Map(cellsOf(row));
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

function cellsOf(row: object, prefix = ''): [string, unknown][] {
  return Object.entries(row).flatMap(([key, value]): [string, unknown][] => {
    if (Array.isArray(value)) return [[`${prefix}${key}`, value.map(nameOf).join('; ')]];
    if (typeof value === 'object' && value !== null) return cellsOf(value, `${prefix}${key}_`);
    return [[`${prefix}${key}`, value]];
  });
}

function nameOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'name' in item ? item.name : item;
}
