/** The error for a text that is no instant. It says which part is wrong. */
export interface InstantFault {
  readonly fault: string;
}

/** The calendar repeats itself after 400 years; `Date.UTC` would take the years 0 to 99 for those after 1900. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;
const MINUTE_MS = 60_000;
const ZERO = '0'.charCodeAt(0);
/** Where the fraction begins, after its point. */
const FRACTION = 20;

/**
 * Reads RFC 3339 with an offset and up to nine fraction digits as epoch milliseconds; finer digits are cut off. A blank
 * may replace the T, as in many tools. A second 60 (a leap second) is the first one of the next minute, because epoch
 * time has none.
 */
export function readRfc3339(text: string): number | InstantFault {
  if (!INSTANT.test(text)) return { fault: firstFault(text) };
  // By position: each report has an instant, and groups in the pattern would double the cost.
  const year = numberIn(text, 0, 4);
  const month = numberIn(text, 5, 7);
  const day = numberIn(text, 8, 10);
  const hour = numberIn(text, 11, 13);
  const minute = numberIn(text, 14, 16);
  const second = numberIn(text, 17, 19);
  if (month < 1 || month > 12) return { fault: `there is no month ${month}` };
  if (day < 1 || day > 31) return { fault: `there is no day ${day}` };
  if (day > 28 && day > daysIn(year, month)) return { fault: `day ${day} does not exist in that month` };
  if (hour > 23) return { fault: `there is no hour ${hour}: they are 00 to 23` };
  if (minute > 59) return { fault: `there is no minute ${minute}` };
  if (second > 60) return { fault: `there is no second ${second}` };
  const isUtc = /[Zz]$/.test(text);
  const end = isUtc ? text.length - 1 : text.length - '+00:00'.length;
  const offset = isUtc ? 0 : offsetIn(text, end);
  if (Number.isNaN(offset)) return { fault: `there is no offset ${text.slice(end)}` };
  const at = Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second, millisecondIn(text, end));
  return at - CYCLE_MS - offset * MINUTE_MS;
}

function numberIn(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + text.charCodeAt(i) - ZERO;
  return value;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year + CYCLE_YEARS, month, 0)).getUTCDate();
}

/** In minutes; NaN if no clock shows it. */
function offsetIn(text: string, start: number): number {
  const hours = numberIn(text, start + 1, start + 3);
  const minutes = numberIn(text, start + 4, start + 6);
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (text[start] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function millisecondIn(text: string, end: number): number {
  let value = 0;
  for (let i = FRACTION; i < FRACTION + 3; i++)
    value = value * 10 + (i < end ? text.charCodeAt(i) - ZERO : 0);
  return value;
}

interface Part {
  readonly pattern: RegExp;
  /** What is wrong with a text that continues in another way. */
  readonly fault: (rest: string) => string;
}

/** The parts of an instant, in order. */
const PARTS: readonly Part[] = [
  { pattern: /\d{4}(?=-)/, fault: yearFault },
  { pattern: /-\d\d(?=-)/, fault: () => 'the month needs two digits' },
  { pattern: /-\d\d(?!\d)/, fault: () => 'the day needs two digits' },
  { pattern: /[Tt ](?=\d)/, fault: separatorFault },
  { pattern: /\d\d:\d\d(?!\d)/, fault: minuteFault },
  { pattern: /:\d\d(?!\d)/, fault: secondFault },
  { pattern: /(?:\.\d{1,9}(?!\d))?(?![.,])/, fault: fractionFault },
  { pattern: /(?:[Zz]|[+-]\d\d:\d\d)$/, fault: offsetFault },
];

const INSTANT = new RegExp(`^${PARTS.map(({ pattern }) => pattern.source).join('')}`);

/** Takes one part after the other from the beginning, and says what is wrong with the first missing one. */
function firstFault(text: string): string {
  let rest = text;
  for (const { pattern, fault } of PARTS) {
    const match = new RegExp(`^(?:${pattern.source})`).exec(rest);
    if (match === null) return fault(rest);
    rest = rest.slice(match[0].length);
  }
  throw new Error('The parts of an instant match a text that the whole does not.');
}

function yearFault(rest: string): string {
  if (rest === '') return 'it is empty';
  if (/^\s/.test(rest)) return 'there is a blank before it';
  if (/^[+-]?\d+(?:\.\d*)?(?:e\+?\d+)?$/i.test(rest)) return 'it is a number, not a date';
  if (/^[+-]?\d{5,}-/.test(rest)) return 'the year needs four digits';
  if (/^\d{1,3}-/.test(rest)) return 'the year comes first and needs four digits';
  if (/^(?:\d{1,4}[/.]|\d{8}(?!\d))/.test(rest)) return 'the date needs hyphens, such as 2026-04-21';
  return 'it must begin with a date such as 2026-04-21';
}

function separatorFault(rest: string): string {
  if (/^[Tt\s]?$/.test(rest)) return 'there is no time of day';
  if (/^\s+[Tt]?\d/.test(rest)) return 'between the date and the time there must be one T or one blank';
  return 'between the date and the time there must be a T';
}

function minuteFault(rest: string): string {
  if (/^\d\d(?![\d:])/.test(rest)) return 'the minutes and seconds are missing';
  return 'the hour and the minute need two digits each, with a colon between them';
}

function secondFault(rest: string): string {
  return /^:\d/.test(rest) ? 'the second needs two digits' : 'the seconds are missing';
}

function fractionFault(rest: string): string {
  if (rest.startsWith(',')) return 'there is a comma before the fraction: write a point';
  if (/^\.\d{10}/.test(rest)) return 'there are more than 9 fraction digits';
  return /^\.\d/.test(rest) ? 'there are two fractions' : 'there are no digits after the point';
}

function offsetFault(rest: string): string {
  if (rest === '') return 'there is no offset: add Z for UTC, or one such as +02:00';
  if (/^[+-]\d{4}$/.test(rest))
    return `a colon in the offset is missing: ${rest.slice(0, 3)}:${rest.slice(3)}`;
  if (/^[+-]\d\d$/.test(rest)) return `the minutes of the offset are missing: ${rest}:00`;
  if (/^[+-]/.test(rest) && /^[+-][\d:]*$/.test(rest))
    return 'the offset needs two digits, a colon and two digits, such as +02:00';
  if (/^(?:[Zz]|[+-]\d\d:\d\d)/.test(rest)) return 'there is text after the offset';
  if (/^\s+(?:[Zz]$|[+-])/.test(rest)) return 'there is a blank before the offset';
  if (/^\s+$/.test(rest))
    return 'there is a blank at the end, and no offset: add Z for UTC, or one such as +02:00';
  if (/^[\u2010-\u2015\u2212]/.test(rest)) return 'the sign of the offset is a dash of another kind: write -';
  if (/^\s*[A-Za-z[]/.test(rest))
    return 'a named zone is not accepted: write Z for UTC, or an offset such as +02:00';
  return 'after the time there must be Z for UTC, or an offset such as +02:00';
}
