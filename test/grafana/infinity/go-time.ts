/** Times as the plugin reads them: epoch milliseconds, with a fraction if the text has one; null for none. */

const MIN_INT64 = -(2 ** 63);

const DATE_TIME =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d:\d\d)?)?$/;
const SLASHES = /^(?:(\d{4})\/(\d\d)\/(\d\d)|(\d\d)\/(\d\d)\/(\d{4}))$/;
const YEAR_MONTH = /^(\d{4})(?:-(\d\d))?$/;

/** RFC 3339, and the formats that it tries next, which have no zone and are UTC. */
export function parseTimestamp(text: string): number | null {
  const full = DATE_TIME.exec(text);
  if (full !== null) return instantOf(full.slice(1));
  const slashes = SLASHES.exec(text);
  if (slashes !== null) {
    const [, year, month, day, otherMonth, otherDay, otherYear] = slashes;
    return instantOf([year ?? otherYear, month ?? otherMonth, day ?? otherDay]);
  }
  const short = YEAR_MONTH.exec(text);
  return short === null ? null : instantOf([short[1], short[2] ?? '01', '01']);
}

/** A number counts as a year. */
export function yearOf(value: number): number | null {
  return parseTimestamp(String(Math.trunc(value)));
}

/** How Go makes an int64 of a number: the fraction goes, and a number that does not fit becomes the smallest of all. */
export function toInt64(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(whole) < 2 ** 63 ? whole : MIN_INT64;
}

function instantOf(parts: readonly (string | undefined)[]): number | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0));
  const [fraction, zone = 'Z'] = parts.slice(6);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isThere = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isThere || hour > 23 || minute > 59 || second > 59) return null;
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1000 + Number(`0.${fraction ?? 0}`) * 1000;
  return date.getTime() + ofDay - offsetOf(zone);
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  const span = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === '-' ? -span : span;
}
