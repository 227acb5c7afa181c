import type { InfinityModel } from './infinity-model.ts';

export type Value = string | number | boolean | null;

export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string' | 'boolean';
  readonly values: readonly Value[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Frame {
  readonly fields: readonly Field[];
  /** What the plugin would have dropped without a word: a value that its column's type cannot hold. */
  readonly lost: readonly string[];
}

type Column = InfinityModel['columns'][number];

/** The frame that the backend parser makes: typed columns, in the order of their names. */
export function frameOf(body: unknown, query: Pick<InfinityModel, 'root_selector' | 'columns'>): Frame {
  const rows = rowsOf(body, query.root_selector);
  // No row, no column: what a panel then has is a frame without a single field.
  if (rows.length === 0) return { fields: [], lost: [] };
  const lost: string[] = [];
  const columns = [...query.columns].sort((a, b) => (a.text < b.text ? -1 : 1));
  const fields = columns.map((column) => ({
    name: column.text,
    type: fieldType(column.type),
    values: rows.map((row) => typed(row[column.selector], column, lost)),
  }));
  return { fields, lost };
}

function rowsOf(body: unknown, rootSelector: string): Record<string, unknown>[] {
  const root = rootSelector === '' ? body : property(body, rootSelector);
  if (!Array.isArray(root)) {
    throw new Error(`error converting json data to frame: nothing at root selector "${rootSelector}"`);
  }
  return root;
}

function property(body: unknown, key: string): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  return new Map(Object.entries(body)).get(key);
}

function fieldType(type: Column['type']): Field['type'] {
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'time';
}

function typed(value: unknown, { text, type }: Column, lost: string[]): Value {
  if (value === undefined) lost.push(`${text}: there is no such key`);
  if (value === undefined || value === null) return null;
  const converted = typeof value === 'object' ? null : CONVERT[type](value);
  if (converted === null) lost.push(`${text}: ${JSON.stringify(value)} is no ${type}`);
  return converted;
}

/** The plugin's rules (gframer), as far as a flat JSON value can need them. */
const CONVERT: Readonly<Record<Column['type'], (value: unknown) => Value>> = {
  string: (value) => String(value),
  number: numeric,
  boolean: (value) => (typeof value === 'boolean' ? value : value === 'true' ? true : null),
  // A number would be read as a year.
  timestamp: (value) => (typeof value === 'string' ? rfc3339(value) : null),
  timestamp_epoch: numeric,
  timestamp_epoch_s: (value) => {
    const seconds = numeric(value);
    return seconds === null ? null : seconds * 1000;
  },
};

function numeric(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : null;
}

function rfc3339(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  return Date.parse(text);
}
