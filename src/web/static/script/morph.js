// Makes a piece of a page equal to a fresh one. What is the same stays the very same element, with its focus, its scroll
// position and what was typed into it; rows and choices are recognised by their `id`.

import { Idiomorph } from './idiomorph.js';

/**
 * @param {Element} shown
 * @param {Element} fresh
 */
export function morph(shown, fresh) {
  const focused = document.activeElement;
  // It returns a promise only where it has to wait for a <head>.
  void Idiomorph.morph(shown, fresh, {
    callbacks: {
      // What a reader has typed, chosen or opened stays too.
      beforeAttributeUpdated: (name, element) =>
        !(
          name === 'selected' ||
          (name === 'value' && element instanceof HTMLInputElement) ||
          (name === 'open' && element instanceof HTMLDetailsElement)
        ),
    },
  });
  // A row that moved has lost its focus where the browser cannot move elements in one step.
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}
