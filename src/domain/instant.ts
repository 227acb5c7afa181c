const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** A cache of the text of each day, such as `2026-04-21T`: few days occur, and each occurs often. */
const DAYS = new Map<number, string>();
const MAX_DAYS = 10_000;

/**
 * Epoch milliseconds as RFC 3339 in UTC with milliseconds: `2026-04-21T10:32:15.000Z`. Throws if the number is no
 * instant. Answers are full of instants, and `toISOString` takes four times as long for each.
 */
export function formatInstant(at: number): string {
  const whole = Math.trunc(at);
  const day = Math.floor(whole / DAY_MS);
  const inDay = whole - day * DAY_MS;
  const second = Math.floor(inDay / SECOND_MS);
  const hour = twoDigits(Math.floor(second / 3600));
  const minute = twoDigits(Math.floor(second / 60) % 60);
  const ms = inDay % SECOND_MS;
  return `${textOf(day)}${hour}:${minute}:${twoDigits(second % 60)}.${ms < 100 ? '0' : ''}${twoDigits(ms)}Z`;
}

function textOf(day: number): string {
  const written = DAYS.get(day);
  if (written !== undefined) return written;
  const text = new Date(day * DAY_MS).toISOString().slice(0, -'00:00:00.000Z'.length);
  if (DAYS.size >= MAX_DAYS) DAYS.clear();
  DAYS.set(day, text);
  return text;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** A half-open span of time, `from <= t < to`, in epoch milliseconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}
