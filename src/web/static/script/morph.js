// Makes one piece of a page equal to another with as few changes as can be: what is the same stays the very same
// element, with its focus, its scroll position and what was typed into it.

/**
 * @param {Element} shown
 * @param {Element} fresh it is used up
 */
export function morph(shown, fresh) {
  const focused = document.activeElement;
  morphElement(shown, fresh);
  // A row that moved has lost it.
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}

/**
 * @param {Element} shown
 * @param {Element} fresh
 */
function morphElement(shown, fresh) {
  for (const { name } of [...shown.attributes]) if (!fresh.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  if (!shown.hasAttribute('data-keep')) morphChildren(shown, fresh);
}

/**
 * @param {Element} shown
 * @param {Element} fresh
 */
function morphChildren(shown, fresh) {
  const byKey = new Map(
    [...shown.children].flatMap((child) => (keyOf(child) === '' ? [] : [[keyOf(child), child]])),
  );
  /** @type {ChildNode | null} */
  let place = shown.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = keyOf(next);
    const known = key === '' ? sameKind(place, next) : byKey.get(key);
    if (known === undefined) {
      shown.insertBefore(next, place);
      continue;
    }
    if (known === place) place = place.nextSibling;
    else shown.insertBefore(known, place);
    morphNode(known, next);
  }
  while (place !== null) {
    const rest = place;
    place = place.nextSibling;
    rest.remove();
  }
}

/**
 * @param {Node} shown
 * @param {Node} fresh
 */
function morphNode(shown, fresh) {
  if (shown instanceof Element && fresh instanceof Element) morphElement(shown, fresh);
  else if (shown.nodeValue !== fresh.nodeValue) shown.nodeValue = fresh.nodeValue;
}

/**
 * What is where it should be, where that is of the same kind and has no name of its own.
 * @param {ChildNode | null} place
 * @param {Node} next
 */
function sameKind(place, next) {
  return place !== null && place.nodeName === next.nodeName && keyOf(place) === '' ? place : undefined;
}

/**
 * What an element is called among its siblings, in every version of the page.
 * @param {Node} node
 */
function keyOf(node) {
  if (!(node instanceof Element)) return '';
  return node.getAttribute('data-target') ?? node.id;
}
