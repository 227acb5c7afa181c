import { z } from '@hono/zod-openapi';
import { readRfc3339 } from '../../domain/rfc3339.ts';

const EXAMPLE = '2026-04-21T10:32:15Z';

/** Converts an instant as text to epoch milliseconds. */
export const postedInstant = z
  .string({
    error: ({ input }) =>
      input === undefined ? undefined : `must be text, not ${kindOf(input)}: RFC 3339 such as "${EXAMPLE}"`,
  })
  .transform((text, context) => {
    const at = readRfc3339(text);
    if (typeof at === 'number') return at;
    context.addIssue(`must be RFC 3339 with an offset, such as ${EXAMPLE}: ${at.fault}`);
    return z.NEVER;
  });

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a${typeof value === 'object' ? 'n' : ''} ${typeof value}`;
}

/** A requested instant: it may depend on now. */
export type AskedInstant = (now: number) => number;

const EPOCH = /^(\d{1,15})(?:\.(\d+))?$/;
/** Larger numbers are milliseconds, smaller ones seconds: in seconds this is the year 5138. */
const FIRST_MS = 1e11;

const RELATIVE = /^now(?:-(\d{1,9})([smhdw]))?$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** The forms that `readAskedInstant` reads, for the contract. An empty value counts as not given. */
export const ASKED_INSTANT =
  '^(now(-\\d{1,9}[smhdw])?|\\d{1,15}(\\.\\d+)?|' +
  '\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])[Tt ]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?' +
  '([Zz]|[+ -]([01]\\d|2[0-3]):[0-5]\\d))?$';

/** RFC 3339, epoch seconds or milliseconds, `now` or `now-6h`. Otherwise it says which part is wrong. */
export function readAskedInstant(text: string): AskedInstant | { readonly fault: string } {
  if (/^now/i.test(text)) return readRelative(text);
  if (/^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(text)) return readEpoch(text);
  // A `+` in a query string means a blank.
  const at = readRfc3339(text.replace(/(:\d\d(?:\.\d+)?) (?=\d\d:?\d\d$)/, '$1+'));
  return typeof at === 'number' ? () => at : at;
}

function readRelative(text: string): AskedInstant | { readonly fault: string } {
  const [match, count = 0, unit = 's'] = RELATIVE.exec(text) ?? [];
  if (match === undefined) return { fault: relativeFault(text) };
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  return (now) => Math.max(0, now - ms);
}

function relativeFault(text: string): string {
  if (text.includes('/')) return 'rounding with / is not supported';
  if (!text.startsWith('now')) return 'now must be in lower case';
  if (/^now-\d+[My]$/.test(text)) return 'months and years have no fixed length: use d or w';
  if (/^now[+ ]/.test(text)) return 'the future is not known: use now or now-';
  return 'after now there must be a minus, a whole number and one of s, m, h, d, w';
}

function readEpoch(text: string): AskedInstant | { readonly fault: string } {
  const [match, whole, fraction = ''] = EPOCH.exec(text) ?? [];
  if (match === undefined) return { fault: epochFault(text) };
  const number = Number(whole);
  const at = number < FIRST_MS ? number * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0')) : number;
  return () => at;
}

function epochFault(text: string): string {
  if (text.startsWith('-')) return 'an epoch time must not be negative';
  if (/e/i.test(text)) return 'an epoch time must not have an exponent';
  if (/^\d{16,}/.test(text)) return 'it has more than 15 digits: seconds or milliseconds, not smaller units';
  return 'an epoch time must have only digits, and a point before its fraction';
}

/** An instant in an answer. */
export const instant = z.string().openapi({
  format: 'date-time',
  example: '2026-04-21T10:32:15.000Z',
  description: 'RFC 3339, UTC, milliseconds',
});
