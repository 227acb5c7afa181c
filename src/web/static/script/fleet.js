// Additions of the script to the fleet page: the name of a cell under the pointer, and instants in the reader's zone.

import { formatDay, formatTime, place } from './times.js';

/** Small cells have no title of their own: a fleet has thousands of them. */
export function nameCells() {
  document.addEventListener('pointerover', ({ target }) => {
    if (!(target instanceof HTMLAnchorElement) || target.title !== '' || !target.closest('.cells')) return;
    const { searchParams } = new URL(target.href);
    target.title = `${searchParams.get('repo')} on ${searchParams.get('server')}: ${inWords(target.className)}`;
  });
}

/** @param {string} state */
function inWords(state) {
  return state === 'SYNCED' ? 'in sync' : state.toLowerCase().replaceAll('_', ' ');
}

/**
 * The form of an instant is in UTC as it comes.
 * @param {Document} page
 */
export function showAtForm(page) {
  const form = page.querySelector('form[data-at-form]');
  const field = form?.querySelector('input[name="at"]');
  const words = form?.querySelector('label span');
  if (!(field instanceof HTMLInputElement) || !words) return;
  const at = Date.parse(`${field.getAttribute('value')}Z`);
  field.setAttribute('value', `${formatDay(at)}T${formatTime(at)}`);
  words.textContent = `At, in ${place}`;
}

/** The sent value has a zone. */
export function sendAtWithZone() {
  document.addEventListener('formdata', ({ target, formData }) => {
    if (!(target instanceof HTMLFormElement) || target.dataset.atForm === undefined) return;
    formData.set('at', new Date(String(formData.get('at'))).toISOString());
  });
}

/**
 * The title of a page is its headline, even after its instants are changed to the reader's zone.
 * @param {Document} page
 */
export function titleAsHeadline(page) {
  const headline = page.querySelector('h1:has(time)');
  if (headline === null) return;
  const service = page.title.split(' · ').at(-1);
  page.title = `${headline.textContent?.replace(/\s+/g, ' ').trim()} · ${service}`;
}
