import { formatInstant } from '../../domain/instant.ts';
import { formatAgo, formatMinute, formatSecond, formatSpan } from './words.ts';

/** An instant, in UTC: without a script nobody knows the reader's zone. */
export function Instant({ at }: { at: number }) {
  return (
    <time datetime={formatInstant(at)} title={formatSecond(at)}>
      {formatMinute(at)}
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

/** How long something has lasted that began at an instant: `3 h 12 min`. */
export function Lasting({ since, now }: { since: number; now: number }) {
  return (
    <time datetime={formatInstant(since)} title={`since ${formatSecond(since)}`} data-form="span">
      {formatSpan(now - since)}
    </time>
  );
}
