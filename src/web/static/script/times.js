// Instants by the reader's clock. Without this script they are shown in UTC.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** `Vienna`, for places with little room. */
export const place = (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/**
 * A span in its two largest units: `3 h 12 min`. The same as in `src/web/views/words.ts`: a test compares them.
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
  for (const title of root.querySelectorAll('title[data-at]')) showTitle(title);
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
  const when = Date.parse(time.dataset.when ?? '');
  setText(time, Number.isNaN(when) ? inWords(at, now, form) : formatWhen(at, when));
  const title = form === 'span' ? `since ${exact}` : exact;
  if (time.title !== title) time.title = title;
}

/**
 * @param {number} at
 * @param {number} now
 * @param {string | undefined} form
 */
function inWords(at, now, form) {
  if (form === 'ago') return formatAgo(at, now);
  if (form === 'span') return formatSpan(now - at);
  return form === 'clock' ? `${formatTime(at)} ${place}` : formatMinute(at);
}

/**
 * The same as in `src/web/views/words.ts`, by the reader's clock.
 * @param {number} at
 * @param {number} now
 */
export function formatWhen(at, now) {
  if (formatDay(at) === formatDay(now)) return formatTime(at);
  const [date, today] = [new Date(at), new Date(now)];
  const year = date.getFullYear() === today.getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()]}${year} ${formatTime(at)}`;
}

/** Names the zone of all times on the page. */
export function showZone() {
  const foot = document.querySelector('.zone');
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    timeZoneName: 'shortOffset',
  }).formatToParts();
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', 'UTC');
  if (foot !== null) setText(foot, zone === offset ? `Times in ${zone}` : `Times in ${zone} (${offset})`);
}

/**
 * The tooltip of a piece of a picture.
 * @param {Element} title
 */
function showTitle(title) {
  const [at, until] = ['data-at', 'data-until'].map((name) => Date.parse(title.getAttribute(name) ?? ''));
  const words = title.getAttribute('data-words');
  if (at === undefined || until === undefined) return;
  const when = Number.isNaN(until) ? formatMinute(at) : `from ${formatMinute(at)} to ${formatMinute(until)}`;
  setText(title, `${words} ${when} ${place}`);
}

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * In the form of a field for an instant: `2026-04-21T12:32`.
 * @param {number} at
 */
export function toField(at) {
  return `${formatDay(at)}T${formatTime(at)}`;
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
