import type { Range } from './instant.ts';

/** A calendar month of a zone: from its first instant to that of the next month. */
export interface Month extends Range {
  /** `2026-11`. */
  readonly name: string;
}

const DAY_MS = 86_400_000;
const ZONE = /^[a-z][a-z0-9_+/-]{0,63}$/i;
const NAME = /^(\d{4})-(0[1-9]|1[0-2])$/;
/** Before this instant zones have offsets with seconds, and there are no reports. */
const FIRST_YEAR = 1970;

/**
 * Whether it is the name of a zone in the IANA database. Offsets such as `+01:00` are not: they have no summer time.
 */
export function isZone(text: string): boolean {
  if (!ZONE.test(text)) return false;
  try {
    localTimeIn(text);
    return true;
  } catch {
    return false;
  }
}

/** A month as a number: consecutive months have consecutive numbers. Undefined if the text names no month. */
export function monthNumber(name: string): number | undefined {
  const [, year, month] = NAME.exec(name) ?? [];
  const isOne = year !== undefined && Number(year) >= FIRST_YEAR;
  return isOne ? Number(year) * 12 + Number(month) - 1 : undefined;
}

/** The calendar of a zone. */
export interface MonthCalendar {
  month(number: number): Month;
  /** The number of the month that an instant is in. */
  numberAt(at: number): number;
}

/** `zone` must be the name of a zone. */
export function monthsIn(zone: string): MonthCalendar {
  const localTimeAt = localTimeIn(zone);
  const startOf = (number: number) =>
    firstInstant(Date.UTC(Math.floor(number / 12), number % 12), localTimeAt);
  return {
    month: (number) => ({ name: nameOf(number), from: startOf(number), to: startOf(number + 1) }),
    numberAt(at) {
      const local = new Date(localTimeAt(at));
      const number = local.getUTCFullYear() * 12 + local.getUTCMonth();
      // If clocks go back over midnight, the evening before occurs twice. The second one is in the new month.
      return at >= startOf(number + 1) ? number + 1 : number;
    },
  };
}

function nameOf(number: number): string {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}

/** What a clock on the wall of a zone shows at an instant, as if it were in UTC. */
function localTimeIn(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const seconds = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return seconds + (((at % 1000) + 1000) % 1000);
  };
}

/**
 * The first instant at which the clock shows a local time, as Temporal's `startOfDay` has it. If clocks go back over
 * it, this is the earlier of two. If they go forward over it, this is the instant of the change.
 */
function firstInstant(local: number, localTimeAt: (at: number) => number): number {
  // No zone is more than a day from UTC, and none changes its clocks twice within two days.
  const instants = [local - DAY_MS, local + DAY_MS].map((at) => local - (localTimeAt(at) - at));
  const shown = instants.filter((at) => localTimeAt(at) === local);
  if (shown.length > 0) return Math.min(...shown);
  let [before, after] = [Math.min(...instants), Math.max(...instants)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localTimeAt(middle) < local) before = middle;
    else after = middle;
  }
  return after;
}
