import { select } from './gjson.ts';
import { formatGoFloat, goJson, parseGoFloat, parseGoInt } from './go-text.ts';
import { parseTimestamp, toInt64, yearOf } from './go-time.ts';
import type { Column, PluginQuery } from './query.ts';

export type Value = string | number | boolean | null;

export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string' | 'boolean';
  readonly values: readonly Value[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Set for a wide frame, whose time is never null. */
  readonly isRequired?: true;
}

export interface Frame {
  readonly fields: readonly Field[];
  /** Values that the plugin would drop without a message: their column's type cannot hold them. */
  readonly lost: readonly string[];
}

type Framed = Pick<PluginQuery, 'refId' | 'root_selector' | 'columns'>;

/** The frame that the backend parser makes of a body: typed columns, sorted by name. */
export function frameOf(body: unknown, query: Framed): Frame {
  const root = rootOf(body, query.root_selector);
  const rows = Array.isArray(root) ? root : [root];
  const isScalar = !Array.isArray(root) && !isObject(root);
  // Without a row there is no column: a panel then has a frame without any field.
  if (rows.length === 0 || (isScalar && query.columns.length > 0)) return { fields: [], lost: [] };
  if (query.columns.length === 0) return guessed(rows, query.refId);
  const lost: string[] = [];
  const fields = withColumns(rows, query.columns).map(({ column, values }) => fieldOf(values, column, lost));
  return { fields, lost };
}

function rootOf(body: unknown, rootSelector: string): unknown {
  const root = select(body, rootSelector);
  if (root !== undefined) return root;
  throw new Error(
    `error converting json data to frame: root object doesn't exist in the response. Root selector:${rootSelector}`,
  );
}

/** Columns are found by their text: of two with the same text, the last one counts. */
function withColumns(rows: readonly unknown[], columns: readonly Column[]) {
  const named = columns.map((column) => ({ ...column, text: column.text || column.selector }));
  const selectors = new Map(named.map(({ text, selector }) => [text, selector]));
  return named
    .toSorted((a, b) => compareBytes(a.text, b.text))
    .map((column) => ({
      column,
      values: rows.map((row) => select(row, selectors.get(column.text) ?? '')),
    }));
}

function guessed(rows: readonly unknown[], refId: string): Frame {
  const keys = [...new Set(rows.flatMap((row) => (isObject(row) ? Object.keys(row) : [])))];
  const lost: string[] = [];
  const untyped = (text: string) => ({ selector: text, text, type: '' });
  if (!rows.some(isObject)) return { fields: [fieldOf(rows, untyped(refId), lost)], lost };
  const fields = keys.toSorted(compareBytes).map((key) =>
    fieldOf(
      rows.map((row) => (isObject(row) ? row[key] : undefined)),
      untyped(key),
      lost,
    ),
  );
  return { fields, lost };
}

function fieldOf(values: readonly unknown[], { text, type }: Column, lost: string[]): Field {
  const first = values.find((value) => value !== undefined && value !== null);
  if (typeof first === 'object') {
    lost.push(`${text}: ${JSON.stringify(first)} is no ${type}`);
    return { name: text, type: 'string', values: values.map((value) => goJson(value ?? null)) };
  }
  const convert = CONVERT[type];
  if (convert === undefined) return unconverted(values, { name: text, first });
  return {
    name: text,
    type: convert.type,
    values: values.map((value) => converted(value, { text, type, to: convert.to, lost })),
  };
}

function converted(
  value: unknown,
  { text, type, to, lost }: { text: string; type: string; to: (value: unknown) => Value; lost: string[] },
): Value {
  if (value === undefined) lost.push(`${text}: there is no such key`);
  if (value === undefined || value === null) return null;
  const result = typeof value === 'object' ? null : to(value);
  if (result === null) lost.push(`${text}: ${JSON.stringify(value)} is no ${type}`);
  return result;
}

const GO_TYPES = { number: '*float64', boolean: '*bool', string: '*string' } as const;

/**
 * A column of unknown type gets the type of its first value, and a later value of another type fails the whole request.
 */
function unconverted(values: readonly unknown[], { name, first }: { name: string; first: unknown }): Field {
  const type = plainType(first) ?? 'string';
  return {
    name,
    type,
    values: values.map((value) => {
      if (value === undefined || value === null) return null;
      const found = plainType(value);
      if (
        found === type &&
        (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      )
        return value;
      throw new Error(
        `panic: interface conversion: interface {} is ${found && GO_TYPES[found]}, not ${GO_TYPES[type]}`,
      );
    }),
  };
}

function plainType(value: unknown): keyof typeof GO_TYPES | undefined {
  const type = typeof value;
  return type === 'number' || type === 'boolean' || type === 'string' ? type : undefined;
}

interface Conversion {
  readonly type: Field['type'];
  readonly to: (value: unknown) => Value;
}

/** The plugin's rules (gframer) for values that are neither an object nor null. */
const CONVERT: Readonly<Record<string, Conversion>> = {
  string: {
    type: 'string',
    to: (value) => (typeof value === 'number' ? formatGoFloat(value) : String(value)),
  },
  number: { type: 'number', to: (value) => read(value, parseGoFloat) },
  boolean: {
    type: 'boolean',
    to: (value) =>
      typeof value === 'boolean' ? value : String(value).toLowerCase() === 'true' ? true : null,
  },
  timestamp: {
    type: 'time',
    to: (value) =>
      typeof value === 'number' ? yearOf(value) : typeof value === 'string' ? parseTimestamp(value) : null,
  },
  timestamp_epoch: { type: 'time', to: (value) => epoch(value, 1) },
  timestamp_epoch_s: { type: 'time', to: (value) => epoch(value, 1000) },
};

function read(value: unknown, parse: (text: string) => number | undefined): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? (parse(value) ?? null) : null;
}

function epoch(value: unknown, unitMs: number): number | null {
  const number = read(value, parseGoInt);
  return number === null ? null : toInt64(number) * unitMs;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
