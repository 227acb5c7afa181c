import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { shownName, shownText } from '../domain/shown.ts';

interface CsvOptions {
  readonly schema: z.ZodObject;
  /** Whether text is written as it was posted. */
  readonly isRaw: boolean;
}

/**
 * Rows as CSV (RFC 4180) with a header line and a column for each key of the schema. Lists become `a; b`. Objects
 * become one column for each key that the schema names, or `key=value; key=value` if it names none. Text is written for
 * people (`shown.ts`), with a `'` before what a spreadsheet would run as a formula.
 */
export function toCsv(rows: readonly object[], { schema, isRaw }: CsvOptions): string {
  const columns = columnsOf(schema);
  const writing = { columns: new Set(columns), words: isRaw ? AS_POSTED : AS_SHOWN };
  const records = rows.map((row) => {
    const cells = new Map(cellsOf(row, writing));
    return columns.map((column) => cells.get(column));
  });
  return stringify(records, {
    header: true,
    columns,
    record_delimiter: 'windows',
    // By default the library quotes only the line break that ends its records.
    quoted_match: /[\r\n]/,
    cast: { boolean: String },
  });
}

/** How the texts of cells are written. */
interface Words {
  readonly name: (text: string) => string;
  readonly text: (text: string) => string;
  /** An item of a list. */
  readonly item: (text: string) => string;
}

const AS_POSTED: Words = { name: (text) => text, text: (text) => text, item: (text) => text };

const AS_SHOWN: Words = {
  name: (text) => withoutFormulas(shownName(text)),
  text: (text) => withoutFormulas(shownText(text)),
  item: (text) => withoutFormulas(shownName(text, ';')),
};

/** The start of a cell, also in a locale with another separator. */
const SEPARATORS = /([;\t\r\n])/;
/** Also after blanks and quotes, and in full width: spreadsheets of some locales accept that. */
const FORMULA = /^[\s"']*[=+\-@＝＋－＠﹦﹢﹣﹫]/;

function withoutFormulas(text: string): string {
  const cells = text.split(SEPARATORS).map((cell) => (FORMULA.test(cell) ? `'${cell}` : cell));
  return `${/^[\t\r\n]/.test(text) ? "'" : ''}${cells.join('')}`;
}

function columnsOf(schema: z.ZodObject, prefix = ''): string[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const inner = field instanceof z.ZodNullable ? field.unwrap() : field;
    return inner instanceof z.ZodObject ? columnsOf(inner, `${prefix}${key}_`) : [`${prefix}${key}`];
  });
}

interface Writing {
  readonly columns: ReadonlySet<string>;
  readonly words: Words;
}

function cellsOf(row: object, writing: Writing, prefix = ''): [string, unknown][] {
  const { columns, words } = writing;
  return Object.entries(row).flatMap(([key, value]): [string, unknown][] => {
    const column = `${prefix}${key}`;
    if (typeof value === 'string') return [[column, (key === 'name' ? words.name : words.text)(value)]];
    if (Array.isArray(value)) return [[column, value.map((item) => words.item(nameOf(item))).join('; ')]];
    if (typeof value !== 'object' || value === null) return [[column, value]];
    return columns.has(column) ? [[column, pairsOf(value, words)]] : cellsOf(value, writing, `${column}_`);
  });
}

function pairsOf(value: object, { item }: Words): string {
  return Object.entries(value)
    .map(([key, one]) => item(`${key}=${one}`))
    .join('; ');
}

/** The name of an item of a list, or the item itself. */
export function nameOf(item: unknown): string {
  return String(typeof item === 'object' && item !== null && 'name' in item ? item.name : item);
}
