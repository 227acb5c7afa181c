// Instants as the reader's clock has them; without this script they are shown in UTC.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * A span in its two largest units: `3 h 12 min`. As `src/web/views/words.ts` has it, and a test holds them to it.
 * @param {number} ms
 */
export function formatSpan(ms) {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return twoUnits(Math.floor(ms / HOUR), 'h', Math.floor((ms % HOUR) / MINUTE), 'min');
  return twoUnits(Math.floor(ms / DAY), 'd', Math.floor((ms % DAY) / HOUR), 'h');
}

/**
 * @param {number} at
 * @param {number} now
 */
export function formatAgo(at, now) {
  return now - at < SECOND ? 'just now' : `${formatSpan(now - at)} ago`;
}

/**
 * By the reader's clock, to the minute: `2026-04-21 12:32`.
 * @param {number} at
 */
export function formatMinute(at) {
  return `${formatDay(at)} ${formatTime(at)}`;
}

/**
 * By the reader's clock, to the second, with the name of the zone.
 * @param {number} at
 */
export function formatSecond(at) {
  return `${formatMinute(at)}:${two(new Date(at).getSeconds())} ${zone}`;
}

/**
 * Shows every instant below an element in the reader's zone, with its age. It may be called again.
 * @param {ParentNode} root
 * @param {number} now by the server's clock
 */
export function showTimes(root, now) {
  for (const time of root.querySelectorAll('time')) showTime(time, now);
  for (const axis of root.querySelectorAll('svg.axis')) showTicks(axis);
}

/**
 * Updates the ages of all instants.
 * @param {ParentNode} root
 * @param {number} now
 */
export function showAges(root, now) {
  for (const time of root.querySelectorAll('time')) if (time.dataset.form !== undefined) showTime(time, now);
}

/**
 * @param {HTMLTimeElement} time
 * @param {number} now
 */
function showTime(time, now) {
  const at = Date.parse(time.dateTime);
  const { form } = time.dataset;
  const exact = `${formatSecond(at)}, ${time.dateTime}`;
  setText(
    time,
    form === 'ago' ? formatAgo(at, now) : form === 'span' ? formatSpan(now - at) : formatMinute(at),
  );
  const title = form === 'span' ? `since ${exact}` : exact;
  if (time.title !== title) time.title = title;
}

/**
 * The marks under a picture. Days begin elsewhere for the reader, so their marks move along.
 * @param {Element} axis
 */
function showTicks(axis) {
  const ticks = [...axis.querySelectorAll('text')];
  const places = ticks.map((tick) => ({
    at: Number(tick.dataset.at),
    x: Number.parseFloat(tick.getAttribute('x') ?? ''),
  }));
  const [first, second] = places;
  if (first === undefined || second === undefined || axis.hasAttribute('data-local')) return;
  const stepMs = second.at - first.at;
  const perMs = (second.x - first.x) / stepMs;
  axis.setAttribute('data-local', '');
  for (const [i, { at, x }] of places.entries()) {
    const tick = ticks[i];
    if (tick === undefined) continue;
    const midnight = new Date(at + DAY / 2).setHours(0, 0, 0, 0);
    const moved = x + (midnight - at) * perMs;
    const isDay = stepMs >= DAY;
    if (isDay) tick.setAttribute('x', `${moved.toFixed(2)}%`);
    // A mark that moved out of the picture would stand beside it.
    if (isDay && (moved < 0 || moved > 100)) tick.textContent = '';
    else setText(tick, isDay ? formatDay(midnight).slice(5) : formatTime(at));
  }
}

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} at */
export function formatDay(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** @param {number} at */
export function formatTime(at) {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, '0');
}

/**
 * @param {number} a
 * @param {string} unitA
 * @param {number} b
 * @param {string} unitB
 */
function twoUnits(a, unitA, b, unitB) {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}
