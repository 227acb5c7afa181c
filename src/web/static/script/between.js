// The form of a range: it shows the reader's time, and a drag over a timeline fills it in.

import { endsOf, instantAt, laneUnder, pieceOf } from './cursor.js';
import { place, toField } from './times.js';

/** In shares of the axis. A shorter drag is a click with an unsteady hand. */
const SHORTEST = 0.01;

/**
 * Where a drag began.
 * @type {{ lanes: HTMLElement, at: number } | undefined}
 */
let drag;

/**
 * Shows the fields in the reader's time. It may be called again.
 * @param {ParentNode} root
 */
export function showFields(root) {
  for (const form of root.querySelectorAll('form.between')) {
    for (const field of form.querySelectorAll('input[data-at]')) {
      // Sets the attribute: a refresh does not change what the user has typed.
      field.setAttribute('value', toField(Date.parse(field.getAttribute('data-at') ?? '')));
    }
    const zone = form.querySelector('.of-zone');
    if (zone !== null) zone.textContent = place;
  }
}

/** Sends the fields as instants. */
export function followFields() {
  document.addEventListener('formdata', ({ target, formData }) => {
    if (!(target instanceof HTMLFormElement) || !target.matches('.between')) return;
    for (const name of ['from', 'to']) {
      const at = Date.parse(String(formData.get(name)));
      if (!Number.isNaN(at)) formData.set(name, new Date(at).toISOString());
    }
  });
  document.addEventListener('pointerdown', (event) => {
    const lanes = laneUnder(event);
    // On a touch screen a finger scrolls, and a commit is a link.
    if (lanes === undefined || event.button !== 0 || event.pointerType !== 'mouse') return;
    if (event.target instanceof Element && event.target.closest('a, input') !== null) return;
    event.preventDefault();
    drag = { lanes, at: instantAt(lanes, event.clientX) };
  });
  document.addEventListener('pointermove', ({ clientX }) => {
    if (drag !== undefined) mark(drag.lanes, inOrder(drag.at, instantAt(drag.lanes, clientX)));
  });
  document.addEventListener('pointerup', ({ clientX }) => {
    if (drag !== undefined) fill(drag.lanes, inOrder(drag.at, instantAt(drag.lanes, clientX)));
    drag = undefined;
  });
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {[first: number, last: number]}
 */
function inOrder(a, b) {
  return a < b ? [a, b] : [b, a];
}

/**
 * Shows the marked part of a timeline.
 * @param {HTMLElement} lanes
 * @param {[first: number, last: number]} marked
 */
function mark(lanes, [first, last]) {
  const [from, to] = endsOf(lanes);
  const share = (/** @type {number} */ ms) => `${(ms / (to - from)) * 100}%`;
  const place = { x: share(first - from), width: share(last - first), y: '0', height: '100%' };
  const band = pieceOf(lanes, 'rect', 'marked');
  for (const [name, value] of Object.entries(place)) band.setAttribute(name, value);
}

/**
 * Only fills in the form: the reader sends it.
 * @param {HTMLElement} lanes
 * @param {[first: number, last: number]} marked
 */
function fill(lanes, [first, last]) {
  const [from, to] = endsOf(lanes);
  const form = lanes.closest('section')?.querySelector('form.between');
  if (!(form instanceof HTMLFormElement) || last - first < SHORTEST * (to - from)) {
    lanes.querySelector('.marked')?.remove();
    return;
  }
  for (const [name, at] of Object.entries({ from: first, to: last })) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = toField(at);
  }
  const details = form.closest('details');
  if (details !== null) details.open = true;
}
