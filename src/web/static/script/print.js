// Adds buttons that print the page: without a script the menu of the browser does.

/** @param {ParentNode} root */
export function addPrintButtons(root) {
  for (const place of root.querySelectorAll('[data-print]')) {
    if (place.querySelector('.print') !== null) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'print';
    button.textContent = 'Print';
    button.addEventListener('click', () => print());
    place.append(button);
  }
}
