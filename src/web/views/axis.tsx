import { formatInstant, type Range } from '../../domain/instant.ts';
import { percentOf } from './strip.tsx';
import { formatTick } from './words.ts';

const HOUR = 3_600_000;
/** Hours between the marks under a picture; the smallest one that leaves room for the words is used. */
const STEPS_H = [1 / 12, 1 / 4, 1, 4, 24, 5 * 24, 15 * 24, 60 * 24, 180 * 24];
const MOST_TICKS = 8;

/** The marks under a picture, in UTC. The script puts them at the hours of the reader's clock. */
export function Axis({ range }: { range: Range }) {
  return (
    <svg
      class="axis"
      aria-hidden="true"
      data-from={formatInstant(range.from)}
      data-to={formatInstant(range.to)}
    >
      {ticksOf(range).map((at) => (
        <text class={isDay(at) ? 'day' : undefined} x={percentOf(at, range)} y="12" text-anchor="middle">
          {formatTick(at)}
        </text>
      ))}
    </svg>
  );
}

function isDay(at: number): boolean {
  return at % (24 * HOUR) === 0;
}

/**
 * At whole hours, or parts of one if there are none, counted from a midnight. The same as in
 * `src/web/static/script/axis.js`: a test compares them.
 */
export function ticksOf({ from, to }: Range): number[] {
  const stepMs = (STEPS_H.find((hours) => (to - from) / (hours * HOUR) <= MOST_TICKS) ?? 720 * 24) * HOUR;
  const midnight = Math.floor(from / (24 * HOUR)) * 24 * HOUR;
  const first = stepMs < 24 * HOUR || midnight === from ? midnight : midnight + 24 * HOUR;
  const count = Math.floor((to - first) / stepMs) + 1;
  return Array.from({ length: count }, (_, i) => first + i * stepMs).filter((at) => at >= from);
}
