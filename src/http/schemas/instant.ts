import { z } from '@hono/zod-openapi';

const RFC_3339 = z.regexes.datetime({ offset: true });
/** More digits are valid, but more likely a typo. */
const TOO_FINE = /\.\d{10}/;
const EPOCH = /^\d{1,15}$/;

/** Larger numbers are milliseconds, smaller ones seconds: as seconds this is the year 5138. */
const FIRST_MS = 1e11;

/** Parses RFC 3339 with an offset and up to nine fraction digits to epoch milliseconds; undefined where it is not. */
export function parseRfc3339(text: string): number | undefined {
  const upper = text.toUpperCase();
  return RFC_3339.test(upper) && !TOO_FINE.test(upper) ? Date.parse(upper) : undefined;
}

/** Parses RFC 3339, or epoch seconds or milliseconds. A `+` that a query string turned into a blank is accepted. */
export function parseQueryInstant(text: string): number | undefined {
  if (!EPOCH.test(text)) return parseRfc3339(text.replace(/ (?=\d\d:\d\d$)/, '+'));
  const number = Number(text);
  return number < FIRST_MS ? number * 1000 : number;
}

/** An instant in an answer. */
export const instant = z.string().openapi({
  format: 'date-time',
  example: '2026-04-21T10:32:15.000Z',
  description: 'RFC 3339, UTC, milliseconds',
});
