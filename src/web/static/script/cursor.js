// One cursor for all lanes of a timeline, moved by the pointer or by keys.

import { formatWhen } from './times.js';

/** Steps of the keys from one end to the other. */
const STEPS = 200;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * The place of the cursor in epoch milliseconds: a refresh of the page does not move it.
 * @type {number | undefined}
 */
let shownAt;

/**
 * Adds to each timeline a control for moving its cursor by keys. It may be called again.
 * @param {ParentNode} root
 */
export function addCursors(root) {
  for (const lanes of timelinesIn(root)) {
    if (lanes.querySelector('input') === null) {
      const keys = document.createElement('input');
      Object.assign(keys, { type: 'range', min: '0', max: String(STEPS), value: String(STEPS) });
      keys.setAttribute('aria-label', 'Cursor over time');
      lanes.append(keys);
    }
    if (shownAt !== undefined) show(lanes, shownAt);
  }
}

/** Follows the pointer and the keys. */
export function followCursors() {
  document.addEventListener('pointermove', (event) => {
    const lanes = laneUnder(event);
    if (lanes === undefined) leave();
    else show(lanes, instantAt(lanes, event.clientX));
  });
  for (const name of ['input', 'focusin']) {
    document.addEventListener(name, ({ target }) => {
      const lanes = target instanceof HTMLInputElement ? target.closest('.lanes') : null;
      if (!(lanes instanceof HTMLElement) || !(target instanceof HTMLInputElement)) return;
      const [from, to] = endsOf(lanes);
      show(lanes, from + (Number(target.value) / STEPS) * (to - from));
    });
  }
  document.addEventListener('focusout', ({ target }) => {
    if (target instanceof HTMLInputElement && target.closest('.lanes') !== null) leave();
  });
}

function leave() {
  if (shownAt === undefined || document.activeElement?.closest('.lanes input')) return;
  shownAt = undefined;
  for (const line of document.querySelectorAll('.cursor .moving')) line.remove();
  for (const said of document.querySelectorAll('.readout .reading')) said.textContent = '';
}

/**
 * @param {HTMLElement} lanes
 * @param {number} at
 */
function show(lanes, at) {
  shownAt = at;
  const [from, to] = endsOf(lanes);
  const x = `${((at - from) / (to - from)) * 100}%`;
  const line = pieceOf(lanes, 'line', 'moving');
  for (const [name, value] of Object.entries({ x1: x, x2: x, y1: '0', y2: '100%' }))
    line.setAttribute(name, value);
  const words = `${formatWhen(at, Date.now())}: ${readingAt(lanes, at)}`;
  const said = lanes.parentElement?.querySelector('.readout .reading');
  if (said) said.textContent = words;
  lanes.querySelector('input')?.setAttribute('aria-valuetext', words);
}

/**
 * @param {HTMLElement} lanes
 * @param {number} at
 */
function readingAt(lanes, at) {
  /** @type {[from: number, to: number, words: string][]} */
  const readings = JSON.parse(lanes.dataset.readings ?? '[]');
  return readings.findLast(([from, to]) => from <= at && at <= to)?.[2] ?? 'no report yet';
}

/**
 * A piece of the picture that lies above all lanes.
 * @param {HTMLElement} lanes
 * @param {'line' | 'rect'} tag
 * @param {string} kind
 */
export function pieceOf(lanes, tag, kind) {
  const picture = lanes.querySelector('.cursor');
  const found = picture?.querySelector(`.${kind}`);
  if (found) return found;
  const piece = document.createElementNS(SVG, tag);
  piece.setAttribute('class', kind);
  picture?.append(piece);
  return piece;
}

/**
 * The timeline that an event is on, right of the names of its lanes.
 * @param {PointerEvent} event
 */
export function laneUnder({ target, clientX }) {
  const lanes = target instanceof Element ? target.closest('.lanes') : null;
  if (!(lanes instanceof HTMLElement)) return undefined;
  const { left, right } = boxOf(lanes);
  return clientX >= left && clientX <= right ? lanes : undefined;
}

/**
 * The instant at a place of the screen; beyond an end it is that end.
 * @param {HTMLElement} lanes
 * @param {number} x
 */
export function instantAt(lanes, x) {
  const [from, to] = endsOf(lanes);
  const { left, width } = boxOf(lanes);
  return Math.round(from + Math.min(1, Math.max(0, (x - left) / width)) * (to - from));
}

/** @param {HTMLElement} lanes */
function boxOf(lanes) {
  return (lanes.querySelector('.cursor') ?? lanes).getBoundingClientRect();
}

/**
 * @param {HTMLElement} lanes
 * @returns {[from: number, to: number]}
 */
export function endsOf(lanes) {
  return [Date.parse(lanes.dataset.from ?? ''), Date.parse(lanes.dataset.to ?? '')];
}

/** @param {ParentNode} root */
function timelinesIn(root) {
  return [...root.querySelectorAll('.lanes')].filter((lanes) => lanes instanceof HTMLElement);
}
