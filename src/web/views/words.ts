import type { Incident } from '../../domain/incident.ts';
import { formatInstant } from '../../domain/instant.ts';
import { shownText } from '../../domain/shown.ts';
import type { State } from '../../domain/state.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const STATE_WORDS: Readonly<Record<State, string>> = {
  OUT_OF_SYNC: 'Out of sync',
  UNKNOWN: 'Unknown',
  STALE: 'Stale',
  SYNCED: 'In sync',
};

/** A span in its two largest units: `3 h 12 min`. */
export function formatSpan(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return twoUnits([Math.floor(ms / HOUR), 'h'], [Math.floor((ms % HOUR) / MINUTE), 'min']);
  return twoUnits([Math.floor(ms / DAY), 'd'], [Math.floor((ms % DAY) / HOUR), 'h']);
}

/** How long ago an instant was. If its clock was ahead of ours it may be in the future. */
export function formatAgo(at: number, now: number): string {
  return now - at < SECOND ? 'just now' : `${formatSpan(now - at)} ago`;
}

/** To the minute: `2026-04-21 10:32 UTC`. */
export function formatMinute(at: number): string {
  return `${formatInstant(at).slice(0, 16).replace('T', ' ')} UTC`;
}

/** To the second. */
export function formatSecond(at: number): string {
  return `${formatInstant(at).slice(0, 19).replace('T', ' ')} UTC`;
}

/** To the minute, without the day: `10:32 UTC`. */
export function formatClock(at: number): string {
  return `${formatInstant(at).slice(11, 16)} UTC`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The shortest form of an instant: `10:32` today, `20 Apr 10:32` in this year, else `20 Apr 2025 10:32`. */
export function formatWhen(at: number, now: number): string {
  const [date, today] = [new Date(at), new Date(now)];
  const time = formatInstant(at).slice(11, 16);
  if (Math.floor(at / DAY) === Math.floor(now / DAY)) return time;
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  const year = date.getUTCFullYear() === today.getUTCFullYear() ? '' : ` ${date.getUTCFullYear()}`;
  return `${day}${year} ${time}`;
}

/** A mark under a picture: `10:00`, and the day if one begins: `21 Apr`. */
export function formatTick(at: number): string {
  const date = new Date(at);
  if (at % DAY === 0) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return formatInstant(at).slice(11, 16);
}

/** How long a check took, to a tenth of a second if it was quick. */
export function formatDuration(ms: number): string {
  return ms < 10 * SECOND ? `${(Math.floor(ms / 100) / 10).toFixed(1)} s` : formatSpan(ms);
}

/** A share in percent, never rounded up to 100 %: 99.96 % is not "100 %". */
export function formatShare(ratio: number | undefined): string {
  if (ratio === undefined) return 'not known';
  const percent = Math.floor(ratio * 1000) / 10;
  return `${percent === 100 ? '100' : percent.toFixed(1)} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The first characters of a commit. */
export function shortCommit(commit: string): string {
  return shownText(commit).slice(0, 10);
}

/** The cause of an incident in two words, and their meaning. */
export function causeWords(cause: Incident['cause']): { readonly short: string; readonly long: string } {
  switch (cause) {
    case 'host_changed':
      return {
        short: 'host changed',
        long: 'the commit is the one that was last in sync, so somebody or something changed the server',
      };
    case 'commit_not_applied':
      return { short: 'commit not applied', long: 'a newer commit is not on the server yet' };
    case undefined:
      return {
        short: 'cause unknown',
        long: 'the commits that would show it are not known',
      };
  }
}

function twoUnits([a, unitA]: [number, string], [b, unitB]: [number, string]): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}
