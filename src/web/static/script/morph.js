// Makes a piece of a page equal to a fresh one. Equal parts stay the same elements, with their focus, scroll position
// and typed text. Rows and choices are recognised by their `id`.

import { Idiomorph } from './idiomorph.js';

/**
 * @param {Element} shown
 * @param {Element} fresh
 */
export function morph(shown, fresh) {
  const focused = document.activeElement;
  // It returns a promise only if it has to wait for a <head>.
  void Idiomorph.morph(shown, fresh, {
    callbacks: {
      // What a reader has typed, chosen or opened also stays.
      beforeAttributeUpdated: (name, element) =>
        !(
          name === 'selected' ||
          (name === 'value' && element instanceof HTMLInputElement) ||
          (name === 'open' && element instanceof HTMLDetailsElement)
        ),
    },
  });
  // A moved row has lost its focus if the browser cannot move elements in one step.
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}
