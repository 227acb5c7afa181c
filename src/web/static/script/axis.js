// The marks under a picture: whole hours by the reader's clock, even on a day on which the clock changes.

import { formatTime, MONTHS } from './times.js';

const HOUR = 3_600_000;
const STEPS_H = [1 / 12, 1 / 4, 1, 4, 24, 5 * 24, 15 * 24, 60 * 24, 180 * 24];
const MOST_TICKS = 8;

/**
 * The same as `src/web/views/axis.tsx` for UTC: a test compares them.
 * @param {number} from
 * @param {number} to
 */
export function ticksOf(from, to) {
  const step = STEPS_H.find((hours) => (to - from) / (hours * HOUR) <= MOST_TICKS) ?? 720 * 24;
  const day = new Date(from);
  // The hours of a day are looked up, not counted: one may be missing or occur twice.
  const at = (/** @type {number} */ hours) =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, Math.round(hours * 60)).getTime();
  const first = step < 24 || at(0) === from ? 0 : 24;
  const ticks = [];
  for (let hours = first; at(hours) <= to; hours += step) if (at(hours) >= from) ticks.push(at(hours));
  return ticks;
}

/**
 * The time, and the day if one begins.
 * @param {number} at
 */
export function formatTick(at) {
  const date = new Date(at);
  return isDay(at) ? `${date.getDate()} ${MONTHS[date.getMonth()]}` : formatTime(at);
}

/** @param {number} at */
function isDay(at) {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() === at;
}

/** @param {ParentNode} root */
export function showTicks(root) {
  for (const axis of root.querySelectorAll('svg.axis')) {
    const [from, to] = ['data-from', 'data-to'].map((name) => Date.parse(axis.getAttribute(name) ?? ''));
    if (from === undefined || to === undefined) continue;
    axis.replaceChildren(...ticksOf(from, to).map((at) => tick(at, (at - from) / (to - from))));
  }
}

/**
 * @param {number} at
 * @param {number} share of the range before it
 */
function tick(at, share) {
  const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  text.setAttribute('x', `${Number((share * 100).toFixed(2))}%`);
  text.setAttribute('y', '12');
  text.setAttribute('text-anchor', 'middle');
  if (isDay(at)) text.setAttribute('class', 'day');
  text.textContent = formatTick(at);
  return text;
}
