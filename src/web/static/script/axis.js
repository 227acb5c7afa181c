// The marks under a picture: whole hours by the reader's clock, also on a day on which it is changed.

import { formatTime } from './times.js';

const HOUR = 3_600_000;
const STEPS_H = [1, 4, 24, 5 * 24, 15 * 24];
const MOST_TICKS = 8;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * As `src/web/views/axis.tsx` has it for UTC, and a test holds them to it.
 * @param {number} from
 * @param {number} to
 */
export function ticksOf(from, to) {
  const step = STEPS_H.find((hours) => (to - from) / (hours * HOUR) <= MOST_TICKS) ?? 15 * 24;
  const day = new Date(from);
  // The hours of a day are asked for, not counted: one of them may be missing, or there twice.
  const at = (/** @type {number} */ hours) =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate(), hours).getTime();
  const first = step < 24 || at(0) === from ? 0 : 24;
  const ticks = [];
  for (let hours = first; at(hours) <= to; hours += step) if (at(hours) >= from) ticks.push(at(hours));
  return ticks;
}

/**
 * The time, and the day where one begins.
 * @param {number} at
 */
export function formatTick(at) {
  const date = new Date(at);
  const isFirst = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() === at;
  return isFirst ? `${date.getDate()} ${MONTHS[date.getMonth()]}` : formatTime(at);
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
  text.textContent = formatTick(at);
  return text;
}
