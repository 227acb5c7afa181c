// Keeps the element under the pointer or the focus in place while a page is refreshed.

/** The row that was held in place although it now belongs elsewhere. */
let heldId = '';

/**
 * Sorts the rows of a fresh page, up to the one in use, into the shown order. The others take their new places.
 * @param {Element} shown
 * @param {Element} fresh
 */
export function keepOrder(shown, fresh) {
  heldId = '';
  for (const row of shown.querySelectorAll('tbody tr:is(:hover, :focus-within)')) {
    const place = fresh.querySelector(`#${CSS.escape(row.id || 'none')}`);
    const rows = [...(row.parentElement?.children ?? [])];
    const above = rows.slice(0, rows.indexOf(row) + 1);
    const kept = above.flatMap(({ id }) => fresh.querySelector(`#${CSS.escape(id || 'none')}`) ?? []);
    if (place === null) continue;
    place.parentElement?.prepend(...kept);
    heldId = row.id;
  }
}

/** Stores the place of the element in use. The returned function scrolls the page so that it is there again. */
export function holdPlace() {
  const used =
    document.querySelector('main tr:hover') ??
    (document.activeElement?.closest('main') ? document.activeElement : null) ??
    document.querySelector('main :is(section, nav, figure, dl):hover');
  const before = used?.getBoundingClientRect().top ?? 0;
  return () => {
    if (!used?.isConnected || used.id === 'main') return;
    scrollBy({ top: used.getBoundingClientRect().top - before, behavior: 'instant' });
  };
}

/**
 * Once the user leaves a row that was held, it may move to its place.
 * @param {() => void} refresh
 */
export function onRelease(refresh) {
  for (const name of ['pointerover', 'focusin', 'focusout', 'pointerleave']) {
    document.addEventListener(name, () => {
      // The focus is at its new place after the event.
      setTimeout(() => {
        const row = document.getElementById(heldId);
        if (row === null || row.matches(':hover, :focus-within')) return;
        heldId = '';
        refresh();
      });
    });
  }
}
