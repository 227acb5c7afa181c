import { formatInstant } from '../../domain/instant.ts';
import { formatAgo, formatClock, formatMinute, formatSecond, formatSpan, formatWhen } from './words.ts';

/** An instant in UTC. The script shows it in the reader's time zone. */
export function Instant({ at }: { at: number }) {
  return (
    <time datetime={formatInstant(at)} title={formatSecond(at)}>
      {formatMinute(at)}
    </time>
  );
}

/** The shortest form: without the day if it is today, and without the zone, which is in the foot of the page. */
export function When({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={formatInstant(at)} title={formatSecond(at)} data-when={formatInstant(now)}>
      {formatWhen(at, now)}
    </time>
  );
}

/** How long ago an instant was: `3 min ago`. */
export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={formatInstant(at)} title={formatSecond(at)} data-form="ago">
      {formatAgo(at, now)}
    </time>
  );
}

/** The time since an instant: `3 h 12 min`. */
export function Duration({ since, now }: { since: number; now: number }) {
  return (
    <time datetime={formatInstant(since)} title={`since ${formatSecond(since)}`} data-form="span">
      {formatSpan(now - since)}
    </time>
  );
}

/** The time of day, with the zone: `10:32 UTC`. */
export function Clock({ at }: { at: number }) {
  return (
    <time datetime={formatInstant(at)} title={formatSecond(at)} data-form="clock">
      {formatClock(at)}
    </time>
  );
}
